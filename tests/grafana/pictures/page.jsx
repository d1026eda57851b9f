// A dashboard as Grafana would show it, from a file with its model and the answers to its queries.
import { ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import React from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { shown, theme } from './data.js';
import { kindOf } from './panels.jsx';

const { dashboard, panels, variables, range, timeZone } = JSON.parse(document.getElementById('scene').textContent);

const WIDTH = 1600;
const CELL = { height: 30, gap: 8 };
const HEAD = 96;

const replaceVariables = (text) =>
  String(text).replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (whole, braced, bare) => variables.find(({ name }) => name === (braced ?? bare))?.value ?? whole);

const place = ({ x, y, w, h }) => {
  const column = (WIDTH - 2 * CELL.gap + CELL.gap) / 24;
  return {
    left: CELL.gap + x * column,
    top: HEAD + y * (CELL.height + CELL.gap),
    width: w * column - CELL.gap,
    height: h * (CELL.height + CELL.gap) - CELL.gap,
  };
};

function Panel({ panel, frames, error }) {
  const { left, top, width, height } = place(panel.gridPos);
  const title = replaceVariables(panel.title ?? '');
  if (panel.type === 'row') {
    return <div className="row" style={{ left, top, width, height }}>{`${panel.collapsed ? '›' : '⌄'} ${title}`}</div>;
  }
  const Kind = kindOf(panel);
  return (
    <div className="panel" style={{ left, top, width, height }}>
      <PanelChrome title={title} description={panel.description} width={width} height={height} displayMode={panel.transparent ? 'transparent' : 'default'}>
        {(innerWidth, innerHeight) =>
          error ? <pre className="error">{error}</pre> : <Kind panel={panel} frames={frames} range={range} timeZone={timeZone} replaceVariables={replaceVariables} size={{ width: innerWidth, height: innerHeight }} />
        }
      </PanelChrome>
    </div>
  );
}

function Page({ drawn }) {
  const bottom = Math.max(...dashboard.panels.map(({ gridPos }) => place(gridPos).top + place(gridPos).height));
  const day = (seconds) => new Date(seconds * 1000).toLocaleDateString('en-CA', { timeZone });
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <main style={{ width: WIDTH, height: bottom + CELL.gap }}>
        <h1>{dashboard.title}<small>{`${day(range.from)} – ${day(range.to)}`}</small></h1>
        <nav>
          {variables.filter(({ hide }) => !hide).map(({ name, label, text }) => <span key={name}><em>{label || name}</em><b>{text}</b></span>)}
          {(dashboard.links ?? []).map(({ title }) => <a key={title}>{title} ↗</a>)}
        </nav>
        {drawn.map((each) => <Panel key={each.panel.id ?? each.panel.title} {...each} />)}
      </main>
    </ThemeContext.Provider>
  );
}

async function draw() {
  const drawn = await Promise.all(
    panels.map(async ({ panel, targets }) => {
      try {
        return { panel, frames: await shown(panel, targets, timeZone, replaceVariables) };
      } catch (error) {
        return { panel, frames: [], error: String(error.stack ?? error) };
      }
    })
  );
  const root = document.getElementById('root');
  flushSync(() => createRoot(root).render(<Page drawn={drawn} />));
  document.title = `${root.querySelector('main').offsetHeight}`;
}

draw();
