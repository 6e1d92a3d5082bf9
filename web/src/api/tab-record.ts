// Named values under a single key of the tab's storage, so that one call removes them all.
import { readTab, removeTab, writeTab } from "./tab-storage";

export class TabRecord<T> {
  constructor(
    private readonly key: string,
    /** The storage may contain values of another version. */
    private readonly isValue: (value: unknown) => value is T,
  ) {}

  read(name: string): T | null {
    const value = this.readAll()[name];
    return this.isValue(value) ? value : null;
  }

  write(name: string, value: T): void {
    this.save({ ...this.readAll(), [name]: value });
  }

  remove(name: string): void {
    const { [name]: removed, ...others } = this.readAll();
    if (removed !== undefined) this.save(others);
  }

  clear(): void {
    removeTab(this.key);
  }

  private readAll(): Record<string, unknown> {
    try {
      const all: unknown = JSON.parse(readTab(this.key) ?? "{}");
      const isRecord = typeof all === "object" && all !== null && !Array.isArray(all);
      return isRecord ? (all as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }

  private save(all: Record<string, unknown>): void {
    if (Object.keys(all).length === 0) removeTab(this.key);
    else writeTab(this.key, JSON.stringify(all));
  }
}
