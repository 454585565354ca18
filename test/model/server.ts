/** The calendar server behind the gateways, seen from behind: what it really holds, and the other client's writes. */
import type { Backend, Component } from "../../src/backends/backend.ts";
import { type BackendCall, type ClassName, classNames, classOf, componentOf, type Name, type Place } from "./story.ts";

export interface Resource {
  readonly href: string;
  readonly text: string;
  readonly rev: string;
  readonly place: Place;
  readonly className: ClassName;
}

export interface ServerPlace {
  readonly href: string;
  readonly place: Place;
  readonly displayName: string;
  readonly components: readonly Component[];
}

export function placeIn(displayName: string): Place {
  return displayName.split(" ", 1)[0]?.toLowerCase() ?? "";
}

/** One user's collections on one server. */
export interface ModelServer {
  readonly user: string;
  readonly password: string;
  /** What a node in this process is to use: a backend of its own, that goes through `weather`. */
  backend(): Backend;
  /** Where a node that is a process of its own finds it; undefined: it is in this process only. */
  readonly url: string | undefined;
  /** All that it holds. */
  list(): Promise<readonly Resource[]>;
  /**
   * Stores a text and answers what is stored now, which some servers write in their own way; undefined when `rev`
   * (undefined: nothing) is not what is there.
   */
  put(href: string, text: string, rev: string | undefined): Promise<string | undefined>;
  remove(href: string, rev: string): Promise<boolean>;
  /** The collections there are by now: gateways make and delete some. */
  places(): Promise<readonly ServerPlace[]>;
  makePlace(place: Place, component: Component): Promise<void>;
  renamePlace(place: Place, displayName: string): Promise<void>;
  /** With all that is in it. */
  dropPlace(place: Place): Promise<void>;
  /** The href of a new item; undefined when there is no such collection. */
  hrefOf(place: Place, name: Name): string | undefined;
  readonly weather: Weather;
  end(): Promise<void>;
}

/** Stands between the gateways and the server: told of every request before it has its effect. */
export interface Weather {
  /** Undefined: fine. Called once for each request; awaited. */
  before: ((call: BackendCall) => Promise<"busy" | "cut" | "lost" | "refused" | "doubt" | undefined>) | undefined;
}

const componentPattern = new RegExp(`^BEGIN:(${Object.values(componentOf).join("|")})\\r?$`, "m");

/** The class of the item that a text holds: stories write one of each. */
export function classIn(text: string): ClassName {
  const component = componentPattern.exec(text)?.[1];
  return classNames.find((className) => componentOf[className] === component) ?? "Calendar";
}

export function hrefIn(home: string | undefined, name: Name): string | undefined {
  return home && `${home}${name}${classOf(name) === "Contacts" ? ".vcf" : ".ics"}`;
}
