// One component for each kind of panel: Grafana's own where @grafana/ui has it, else a plain drawing.
import { dateTime, getDisplayValueAlignmentFactors, getFieldDisplayName, getFieldDisplayValues, getValueFormat, formattedValueToString, renderTextPanelMarkdown, FieldType, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import React from 'react';
import { theme } from './data.js';

const fieldDisplays = ({ panel, frames, timeZone, replaceVariables }) =>
  getFieldDisplayValues({
    data: frames,
    fieldConfig: panel.fieldConfig,
    reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '', ...panel.options.reduceOptions },
    replaceVariables,
    sparkline: panel.type === 'stat' && panel.options.graphMode !== 'none',
    percentChange: panel.options.showPercentChange,
    theme,
    timeZone,
  });

function Repeated({ size, panel, render, ...props }) {
  return (
    <VizRepeater
      getValues={() => fieldDisplays({ panel, ...props })}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={render}
      source={props.frames}
      renderCounter={0}
      autoGrid
      minVizHeight={panel.options.minVizHeight ?? 16}
      minVizWidth={panel.options.minVizWidth ?? 8}
      maxVizHeight={panel.options.maxVizHeight ?? 300}
      orientation={panel.options.orientation ?? VizOrientation.Auto}
      {...size}
    />
  );
}

function Stat(props) {
  const options = props.panel.options;
  return (
    <Repeated
      {...props}
      render={({ value, alignmentFactors, width, height, count }) => (
        <BigValue
          value={value.display}
          sparkline={options.graphMode === BigValueGraphMode.None ? undefined : value.sparkline}
          count={count}
          colorMode={options.colorMode ?? BigValueColorMode.Value}
          graphMode={options.graphMode ?? BigValueGraphMode.Area}
          justifyMode={options.justifyMode ?? BigValueJustifyMode.Auto}
          textMode={options.textMode ?? BigValueTextMode.Auto}
          text={options.text}
          alignmentFactors={alignmentFactors}
          disableWideLayout={!(options.wideLayout ?? true)}
          width={width}
          height={height}
          theme={theme}
        />
      )}
    />
  );
}

function Bars(props) {
  const options = props.panel.options;
  return (
    <Repeated
      {...props}
      render={({ value, alignmentFactors, width, height, orientation }) => (
        <BarGauge
          value={value.display}
          field={value.field}
          display={value.view?.getFieldDisplayProcessor(value.colIndex)}
          displayMode={options.displayMode ?? 'gradient'}
          valueDisplayMode={options.valueMode ?? 'color'}
          namePlacement={options.namePlacement ?? 'auto'}
          showUnfilled={options.showUnfilled ?? true}
          text={options.text}
          orientation={orientation}
          alignmentFactors={alignmentFactors}
          itemSpacing={8}
          lcdCellWidth={12}
          width={width}
          height={height}
          theme={theme}
        />
      )}
    />
  );
}

function Lines({ panel, frames, range, timeZone, size }) {
  const timeRange = { from: dateTime(range.from * 1000), to: dateTime(range.to * 1000), raw: { from: 'now', to: 'now' } };
  const legend = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [], ...panel.options.legend };
  return frames.length ? <TimeSeries frames={frames} timeRange={timeRange} timeZone={timeZone} legend={legend} options={panel.options} {...size} /> : <Nothing panel={panel} />;
}

function Rows({ panel, frames, size }) {
  const [frame] = frames;
  if (!frame?.length) {
    return <Nothing panel={panel} />;
  }
  const note = frames.length > 1 ? <div className="note">{`1 of ${frames.length} tables`}</div> : null;
  return (
    <>
      <TableNG data={frame} noHeader={panel.options.showHeader === false} sortBy={panel.options.sortBy} cellHeight={panel.options.cellHeight} initialSortBy={panel.options.sortBy} noValue={panel.fieldConfig.defaults.noValue} fieldConfig={panel.fieldConfig} enableVirtualization={false} {...size} />
      {note}
    </>
  );
}

function Timeline({ panel, frames, range, size }) {
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === FieldType.time)?.values ?? [];
    return frame.fields.filter(({ type }) => type !== FieldType.time).map((field) => ({ name: getFieldDisplayName(field, frame, frames), field, time }));
  });
  const known = rows.filter(({ time }) => time.length);
  if (!known.length) {
    return <Nothing panel={panel} />;
  }
  const [from, to] = [range.from * 1000, range.to * 1000];
  const names = Math.min(330, size.width * 0.35);
  const at = (moment) => names + ((moment - from) / (to - from)) * (size.width - names);
  const height = Math.min(40, (size.height - 44) / known.length);
  const format = getValueFormat('time:D MMM YYYY');
  const seen = new Map();
  const bars = known.flatMap(({ field, time }, row) =>
    time.map((moment, index) => {
      const shownValue = field.display(field.values[index]);
      if (field.values[index] !== null) {
        seen.set(formattedValueToString(shownValue), shownValue.color);
      }
      const end = time[index + 1] ?? Math.min(to, moment + (time[1] - time[0] || 0));
      return <rect key={`${row}-${index}`} x={at(moment)} y={row * height + 2} width={Math.max(1, at(end) - at(moment))} height={height - 4} fill={field.values[index] === null ? 'none' : shownValue.color} />;
    })
  );
  return (
    <svg {...size}>
      {known.map(({ name }, row) => <text key={name} x={names - 8} y={row * height + height / 2 + 4} textAnchor="end">{name}</text>)}
      {bars}
      {[0.02, 0.34, 0.67, 0.98].map((part) => <text key={part} x={at(from + part * (to - from))} y={size.height - 26} textAnchor={part > 0.9 ? 'end' : 'start'} className="quiet">{formattedValueToString(format(from + part * (to - from)))}</text>)}
      {[...seen].map(([name, color], number) => (
        <g key={name} transform={`translate(${number * 130 + 4}, ${size.height - 8})`}>
          <rect width="14" height="4" y="-6" fill={color} />
          <text x="20">{name}</text>
        </g>
      ))}
    </svg>
  );
}

function Pie(props) {
  const values = fieldDisplays(props).filter(({ display }) => display.numeric > 0);
  if (!values.length) {
    return <Nothing panel={props.panel} />;
  }
  const sum = values.reduce((total, { display }) => total + display.numeric, 0);
  let reached = 0;
  const parts = values.map(({ display }) => `${display.color} ${(reached / sum) * 100}% ${((reached += display.numeric) / sum) * 100}%`);
  const across = Math.min(props.size.height, props.size.width / 2) - 16;
  return (
    <div className="pie">
      <div style={{ width: across, height: across, borderRadius: '50%', background: `conic-gradient(${parts})` }} />
      <ul>{values.map(({ display }) => <li key={display.title}><i style={{ background: display.color }} />{display.title} <b>{formattedValueToString(display)}</b></li>)}</ul>
    </div>
  );
}

const Words = ({ panel }) => <div className="markdown-html words" dangerouslySetInnerHTML={{ __html: renderTextPanelMarkdown(panel.options.content) }} />;

const Elsewhere = ({ panel }) => <div className="nothing">{`(Grafana lists ${{ alertlist: 'alerts', annolist: 'annotations', dashlist: 'dashboards' }[panel.type] ?? panel.type} here)`}</div>;

const Nothing = ({ panel }) => <div className="nothing">{panel.fieldConfig?.defaults?.noValue || 'No data'}</div>;

export const KINDS = { stat: Stat, bargauge: Bars, gauge: Bars, timeseries: Lines, table: Rows, 'state-timeline': Timeline, 'status-history': Timeline, piechart: Pie, text: Words };

export const kindOf = (panel) => KINDS[panel.type] ?? Elsewhere;
