// SmoothOperator's embed script for pages that are built: `loadSmoothOperator` and all types.
export type {
  PageContext,
  PageTool,
  PageTools,
  ShownParts,
  SmoothOperatorGlobal,
  WidgetEvents,
  WidgetHandle,
  WidgetLook,
  WidgetMode,
  WidgetOptions,
  WidgetState,
  WidgetTheme,
} from "../../../src/protocol/widget-api.js";
export { type LoadOptions, loadSmoothOperator } from "./load.js";
