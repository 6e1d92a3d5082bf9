// The form of a question. The browser validates the fields.
import { useId } from "react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { isComposing } from "../../ui/is-composing";
import { type QuestionField, questionFields, questionValues } from "./question-fields";

export interface QuestionFormProps {
  schema: Readonly<Record<string, unknown>> | null;
  onAnswer: (values: Record<string, unknown>) => void;
  onSkip: () => void;
}

export function QuestionForm({ schema, onAnswer, onSkip }: QuestionFormProps) {
  const fields = questionFields(schema);
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onAnswer(questionValues(fields, new FormData(event.currentTarget)));
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && isComposing(event.nativeEvent)) event.preventDefault();
      }}
    >
      {fields.map((field) => (
        <Field key={field.name} field={field} />
      ))}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" type="submit">
          {t("card.send_answer")}
        </Button>
        <Button onClick={onSkip}>{t("card.skip")}</Button>
      </div>
    </form>
  );
}

function Field({ field }: { field: QuestionField }) {
  const id = useId();
  const hint = useId();
  const { label, description, kind } = field;
  const about = description === "" ? undefined : hint;
  return (
    <div className="flex flex-col gap-1 text-sm">
      {kind === "boolean" ? (
        <label className="flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-11">
          <input
            type="checkbox"
            name={field.name}
            defaultChecked={field.initial === "true"}
            aria-describedby={about}
            className="size-4.5 accent-primary"
          />
          {label}
        </label>
      ) : (
        <>
          <label htmlFor={id} className="font-medium">
            {label}
          </label>
          <Control field={field} id={id} about={about} />
        </>
      )}
      {description !== "" && (
        <p id={hint} dir="auto" className="text-muted">
          {description}
        </p>
      )}
    </div>
  );
}

interface ControlProps {
  field: QuestionField;
  id: string;
  about: string | undefined;
}

function Control({ field, id, about }: ControlProps) {
  const { name, kind, required, initial, min, max } = field;
  const shared = { id, name, required, defaultValue: initial, "aria-describedby": about };
  if (kind === "choice") {
    return (
      <select {...shared} className="select w-full border-line">
        <option value="">{t("card.choose")}</option>
        {field.choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "text") {
    const type = field.inputType;
    return (
      <input
        {...shared}
        type={type}
        dir="auto"
        minLength={min}
        maxLength={max}
        className="input w-full border-line"
      />
    );
  }
  const step = kind === "integer" ? 1 : "any";
  return (
    <input
      {...shared}
      type="number"
      step={step}
      min={min}
      max={max}
      className="input w-full border-line"
    />
  );
}
