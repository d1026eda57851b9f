// What @grafana/schema says of dashboards, in the form in which JSON has it.
import type { AnnotationQuery, DataSourceRef, Dashboard } from '@grafana/schema';
import type * as AnnotationsList from '@grafana/schema/dist/types/raw/composable/annotationslist/panelcfg/x/types.gen';
import type * as BarChart from '@grafana/schema/dist/types/raw/composable/barchart/panelcfg/x/types.gen';
import type * as BarGauge from '@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/types.gen';
import type * as DashboardList from '@grafana/schema/dist/types/raw/composable/dashboardlist/panelcfg/x/types.gen';
import type * as Gauge from '@grafana/schema/dist/types/raw/composable/gauge/panelcfg/x/types.gen';
import type * as PieChart from '@grafana/schema/dist/types/raw/composable/piechart/panelcfg/x/types.gen';
import type * as Stat from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type * as StateTimeline from '@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen';
import type * as StatusHistory from '@grafana/schema/dist/types/raw/composable/statushistory/panelcfg/x/types.gen';
import type * as Table from '@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen';
import type * as Text from '@grafana/schema/dist/types/raw/composable/text/panelcfg/x/types.gen';
import type * as TimeSeries from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';

// An enumeration's members are plain texts in JSON.
export type Json<T> = T extends string ? `${T}` : T extends (infer Item)[] ? Json<Item>[] : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

// Its editor offers these, the published type has forgotten them.
interface Timeline extends StateTimeline.FieldConfig {
  insertNulls?: boolean | number;
  spanNulls?: boolean | number;
}

// Grafana fills in what a file leaves out.
type Given<T> = T extends (infer Item)[] ? Given<Item>[] : T extends object ? { [Key in keyof T]?: Given<T[Key]> } : T;

type Panel<Options, Custom = Record<string, never>> = { options: Given<Json<Options>>; custom: Given<Json<Custom>> };

export interface Panels {
  alertlist: Panel<Record<string, unknown>>;
  annolist: Panel<AnnotationsList.Options>;
  barchart: Panel<BarChart.Options, BarChart.FieldConfig>;
  bargauge: Panel<BarGauge.Options>;
  dashlist: Panel<DashboardList.Options>;
  gauge: Panel<Gauge.Options>;
  piechart: Panel<PieChart.Options, PieChart.FieldConfig>;
  stat: Panel<Stat.Options>;
  'state-timeline': Panel<StateTimeline.Options, Timeline>;
  'status-history': Panel<StatusHistory.Options, StatusHistory.FieldConfig>;
  table: Panel<Table.Options, Table.FieldConfig>;
  text: Panel<Text.Options>;
  timeseries: Panel<TimeSeries.Options, TimeSeries.FieldConfig>;
}

// What the Prometheus data source reads of an annotation besides.
interface PrometheusAnnotation extends Omit<AnnotationQuery, 'target'> {
  expr?: string;
  step?: string;
  tagKeys?: string;
  target?: Partial<Query>;
  textFormat?: string;
  titleFormat?: string;
  useValueForTime?: boolean;
}

export type Model = Omit<Json<Dashboard>, 'annotations'> & { annotations?: { list?: Json<PrometheusAnnotation>[] } };

// @grafana/schema leaves the queries of a data source to the data source.
export interface Query {
  datasource: DataSourceRef;
  editorMode?: 'builder' | 'code';
  exemplar?: boolean;
  expr: string;
  format?: 'heatmap' | 'table' | 'time_series';
  hide?: boolean;
  instant?: boolean;
  interval?: string;
  intervalFactor?: number;
  legendFormat?: string;
  range?: boolean;
  refId: string;
}
