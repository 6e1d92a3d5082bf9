// Reads a question's JSON Schema as a form: strings, numbers, booleans and choices. Pure.

export interface QuestionField {
  name: string;
  label: string;
  description: string;
  required: boolean;
  kind: "text" | "number" | "integer" | "boolean" | "choice";
  inputType: "text" | "email" | "url" | "date" | "datetime-local";
  choices: { value: string; label: string }[];
  initial: string;
  min?: number;
  max?: number;
}

type Schema = Readonly<Record<string, unknown>>;

const INPUT_TYPES: Readonly<Record<string, QuestionField["inputType"]>> = {
  email: "email",
  uri: "url",
  date: "date",
  "date-time": "datetime-local",
};

export function questionFields(schema: Schema | null): QuestionField[] {
  const properties = asSchema(schema?.properties);
  const required = Array.isArray(schema?.required) ? schema.required : [];
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, asSchema(property), required.includes(name)),
  );
}

function fieldOf(name: string, property: Schema, required: boolean): QuestionField {
  const choices = choicesOf(property);
  const isText = property.type === "string";
  return {
    name,
    label: text(property.title) || name,
    description: text(property.description),
    required,
    kind: choices.length > 0 ? "choice" : kindOf(property.type),
    inputType: INPUT_TYPES[text(property.format)] ?? "text",
    choices,
    initial: property.default === undefined ? "" : String(property.default),
    min: number(isText ? property.minLength : property.minimum),
    max: number(isText ? property.maxLength : property.maximum),
  };
}

function kindOf(type: unknown): QuestionField["kind"] {
  return type === "number" || type === "integer" || type === "boolean" ? type : "text";
}

/** `enum`, optionally with `enumNames`, or `oneOf` with `const` and `title`. */
function choicesOf(property: Schema): QuestionField["choices"] {
  if (Array.isArray(property.enum)) {
    const names = Array.isArray(property.enumNames) ? property.enumNames : [];
    return property.enum.map((value, index) => ({
      value: String(value),
      label: text(names[index]) || String(value),
    }));
  }
  if (!Array.isArray(property.oneOf)) return [];
  return property.oneOf.map(asSchema).map((option) => ({
    value: String(option.const),
    label: text(option.title) || String(option.const),
  }));
}

/** Without empty fields. */
export function questionValues(
  fields: readonly QuestionField[],
  form: { get(name: string): unknown },
): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = form.get(field.name);
      if (field.kind === "boolean") return [[field.name, value === "on"]];
      if (typeof value !== "string" || value === "") return [];
      return [[field.name, parsed(field, value)]];
    }),
  );
}

function parsed({ kind, inputType }: QuestionField, value: string): unknown {
  if (kind === "number" || kind === "integer") return Number(value);
  return inputType === "datetime-local" ? new Date(value).toISOString() : value;
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null ? (value as Schema) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
