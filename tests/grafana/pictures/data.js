// From frames to what a panel shows: Grafana's own transformations, overrides and units.
import { applyFieldOverrides, cacheFieldDisplayNames, createTheme, displayNameOverrideProcessor, FieldType, getFieldDisplayName, Registry, standardTransformers, standardTransformersRegistry, toDataFrame, transformDataFrame } from '@grafana/data';
import { firstValueFrom } from 'rxjs';
import { framesOf } from './frames.js';

export const theme = createTheme({ colors: { mode: 'dark' } });

// Some go by two names there.
const transformations = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() => [...transformations.values()].map((each) => ({ id: each.id, name: each.name, transformation: async () => each, editor: null })));

export async function shown(panel, targets, timeZone, replaceVariables) {
  const configured = (panel.transformations ?? []).filter(({ id }) => id !== 'configFromData');
  const unknown = configured.filter(({ id }) => !standardTransformersRegistry.getIfExists(id));
  if (unknown.length) {
    throw new Error(`no such transformation: ${unknown.map(({ id }) => id)}`);
  }
  let frames = await firstValueFrom(transformDataFrame(configured, framesOf(targets).map(toDataFrame)));
  const fromData = (panel.transformations ?? []).find(({ id }) => id === 'configFromData');
  if (fromData) {
    frames = withThresholds(frames, fromData.options);
  }
  const drawn = applyFieldOverrides({
    data: frames,
    fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
    fieldConfigRegistry: registryFor(panel),
    replaceVariables,
    theme,
    timeZone,
  });
  cacheFieldDisplayNames(drawn);
  return drawn;
}

// The properties that a panel configures: standard ones and its own, all taken as they are.
function registryFor({ fieldConfig }) {
  const own = Object.keys(fieldConfig?.defaults?.custom ?? {}).map((key) => `custom.${key}`);
  const standard = Object.keys(fieldConfig?.defaults ?? {}).filter((key) => key !== 'custom');
  const overridden = (fieldConfig?.overrides ?? []).flatMap(({ properties }) => properties.map(({ id }) => id));
  const items = [...new Set([...own, ...standard, ...overridden])].map((id) => {
    const isCustom = id.startsWith('custom.');
    return { id, name: id, path: isCustom ? id.slice('custom.'.length) : id, isCustom, process: id === 'displayName' ? displayNameOverrideProcessor : (value) => value, shouldApply: () => true };
  });
  return new Registry(() => items);
}

// Of "config from query results" what thresholds need: the last number of each mapped field becomes a step.
function withThresholds(frames, { configRefId, mappings }) {
  const source = frames.filter(({ refId }) => refId === configRefId);
  const steps = source.slice(0, 1).flatMap((frame) =>
    frame.fields
      .filter(({ type }) => type === FieldType.number)
      .flatMap((field) =>
        mappings
          .filter(({ fieldName, handlerKey }) => handlerKey === 'threshold1' && fieldName === getFieldDisplayName(field, frame, frames))
          .map(({ handlerArguments }) => ({ value: field.values.at(-1), color: handlerArguments?.threshold?.color ?? 'red' }))
      )
  );
  const rest = frames.filter(({ refId }) => refId !== configRefId);
  return steps.length
    ? rest.map((frame) => ({ ...frame, fields: frame.fields.map((field) => ({ ...field, config: { ...field.config, thresholds: { mode: 'absolute', steps } } })) }))
    : rest;
}
