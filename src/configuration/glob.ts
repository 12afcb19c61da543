/** Whether a name is what the glob says: `*` is any number of characters, `?` is one, the others are themselves. */
export function matchesGlob(glob: string, name: string): boolean {
  let at = 0;
  let star = -1;
  // Where the name was when the last star was met: only that star is ever given more, so the work is at most length times length.
  let resume = 0;
  let index = 0;
  while (index < name.length) {
    if (glob[at] === '*') {
      star = at;
      resume = index;
      at += 1;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === name[index])) {
      at += 1;
      index += 1;
    } else {
      if (star < 0) return false;
      at = star + 1;
      resume += 1;
      index = resume;
    }
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
}
