// A plugin of typedoc that lays out the reference: declarations and props stand in groups by purpose, in the order of
// api-groups.json; what is inherited stands where it comes from; and a prop's default and example follow its text rather
// than headings of their own.

import { readFileSync } from 'node:fs';
import { Comment, CommentTag, Converter, ReflectionKind, RendererEvent } from 'typedoc';

const GROUPS = JSON.parse(readFileSync(new URL('api-groups.json', import.meta.url), 'utf8'));
const TITLES = {
  lib: 'API: the chart',
  worker: 'API: the worker',
  testing: 'API: testing',
  metrics: 'API: dashboard and alerts',
  otel: 'API: traces',
  'bull-board': 'API: Bull Board',
};

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const prop of project.getReflectionsByKind(ReflectionKind.Property)) inlineTags(prop);
    for (const [name, groups] of Object.entries(GROUPS)) assignGroups(named(project, name), groups);
  });
  // Once it is known what is inherited, and before groups are made.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const member of project.getReflectionsByKind(ReflectionKind.ClassMember | ReflectionKind.Constructor)) {
      if (member.inheritedFrom || isAskedByOthers(member)) project.removeReflection(member);
    }
  });
  app.renderer.on(RendererEvent.BEGIN, ({ project }) => {
    for (const [name, groups] of Object.entries(GROUPS)) sortGroups(named(project, name), groups);
    const modules = Object.keys(TITLES);
    for (const { children } of project.groups)
      children.sort((a, b) => modules.indexOf(a.name) - modules.indexOf(b.name));
    for (const name of modules) named(project, name).name = TITLES[name];
  });
}

/** A method that a class of another package calls, as of an adapter, and no user does. */
function isAskedByOthers({ kind, overwrites }) {
  return kind === ReflectionKind.Method && overwrites !== undefined && overwrites.reflection === undefined;
}

function named(project, name) {
  const kinds = ReflectionKind.Module | ReflectionKind.Interface;
  const found = project.getReflectionsByKind(kinds).find((reflection) => reflection.name === name);
  if (!found) throw new Error(`api-groups.json names ${name}, which the reference does not have.`);
  return found;
}

function assignGroups(owner, groups) {
  const groupOf = new Map(Object.entries(groups).flatMap(([group, names]) => names.map((name) => [name, group])));
  for (const child of owner.children) {
    const group = groupOf.get(child.name);
    if (!group) throw new Error(`api-groups.json has no group for ${owner.name}.${child.name}.`);
    groupOf.delete(child.name);
    child.comment ??= new Comment();
    child.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: group }]));
  }
  const [missing] = groupOf.keys();
  if (missing) throw new Error(`api-groups.json names ${owner.name}.${missing}, which the reference does not have.`);
}

function sortGroups(owner, groups) {
  const titles = Object.keys(groups);
  owner.categories.sort((a, b) => titles.indexOf(a.title) - titles.indexOf(b.title));
  for (const { title, children } of owner.categories) {
    children.sort((a, b) => groups[title].indexOf(a.name) - groups[title].indexOf(b.name));
  }
}

function inlineTags({ comment }) {
  if (!comment) return;
  const text = [];
  const defaults = comment.getTag('@default');
  if (defaults) text.push(`\n\nDefault: ${defaultText(Comment.combineDisplayParts(defaults.content))}`);
  for (const example of comment.getTags('@example')) {
    text.push(`\n\n${Comment.combineDisplayParts(example.content).trim()}`);
  }
  comment.summary.push({ kind: 'text', text: text.join('') });
  comment.removeTags('@default');
  comment.removeTags('@example');
}

/** `- text` is text, as in the AWS CDK; anything else is code. */
function defaultText(content) {
  const value = content.replace(/^```ts\n(.*)\n```$/s, '$1').trim();
  return value.startsWith('- ') ? `${value.slice(2).replace(/\s+/g, ' ')}.` : `\`${value}\`.`;
}
