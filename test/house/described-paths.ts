/** The paths that CONTRIBUTING.md has a row for, in the drawing of the tree and in the table of a room's wings. */
export function describedPaths(text: string): string[] {
  return [...ofDrawing(text), ...ofTables(text)];
}

/** A name at the start of a line is a room, and the indented lines below are in it. */
function ofDrawing(text: string): string[] {
  const [, drawing = ''] = /^## The house\n\n```\n(.*?)^```$/ms.exec(text) ?? [];
  let room = '';
  return drawing.split('\n').flatMap((line) => {
    const [, indent, name] = /^( {2})?(\S+)\s/.exec(line) ?? [];
    if (name === undefined) return [];
    const path = name.replace(/\/$/, '');
    if (indent) return [`${room}/${path}`];
    room = path;
    return [path];
  });
}

/** The sentence above a table names its room first: "In `worker/`, from the outside in". */
function ofTables(text: string): string[] {
  return [...text.matchAll(/^In `(.+?)\/`,.*\n\n\| wing \|.*\n.*\n((?:\|.*\n)+)/gm)].flatMap(([, room, rows = '']) =>
    [...rows.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(.+?)\/?`/g)].map(([, name]) => `${room}/${name}`),
    ),
  );
}
