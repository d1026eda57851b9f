// What Prometheus answered, as the data frames that Grafana's own data source makes of it.
import { FieldType } from '@grafana/data';

export function framesOf(targets) {
  const tables = targets.filter((target) => target.format === 'table' && target.series.length);
  return targets.flatMap((target) =>
    target.format === 'table'
      ? tables.includes(target) ? [tableOf(target, tables.length > 1)] : []
      : target.series.map((series) => seriesOf(target, series))
  );
}

function seriesOf(target, { labels, points, name }) {
  return {
    refId: target.refId,
    name,
    length: points.length,
    fields: [
      { name: 'Time', type: FieldType.time, config: { interval: target.step * 1000 }, values: points.map(([at]) => at * 1000) },
      { name: 'Value', type: FieldType.number, labels, config: { displayNameFromDS: name }, values: points.map(([, value]) => value) },
    ],
  };
}

function tableOf(target, isOneOfSeveral) {
  const keys = [...new Set(target.series.flatMap(({ labels }) => Object.keys(labels)))].sort();
  const rows = target.series.flatMap(({ labels, points }) => points.map(([at, value]) => ({ labels, at, value })));
  const field = (name, type, values) => ({ name, type, config: {}, values });
  return {
    refId: target.refId,
    length: rows.length,
    fields: [
      field('Time', FieldType.time, rows.map(({ at }) => at * 1000)),
      ...keys.map((key) => field(key, FieldType.string, rows.map(({ labels }) => labels[key] ?? ''))),
      field(isOneOfSeveral ? `Value #${target.refId}` : 'Value', FieldType.number, rows.map(({ value }) => value)),
    ],
  };
}
