import { templateHash } from '../core/classes';
import { fnv1a } from '../core/math';
import { Name, lowerCase } from './bytes';

export const enum ClassBy {
  Path,
  Header,
  None,
}

/** How requests are told apart: by method and path template, by a header, or not at all. */
export class ClassRule {
  by: ClassBy = ClassBy.Path;
  header: Name = new Name('');
  max: i32 = 64;

  /** Sets the rule from `path`, `none` or `header:NAME`. */
  set(text: string): bool {
    if (text == 'path') this.by = ClassBy.Path;
    else if (text == 'none') this.by = ClassBy.None;
    else if (text.startsWith('header:') && text.length > 7) {
      this.by = ClassBy.Header;
      this.header.dispose();
      this.header = lowerCase(new Name(text.substring(7)));
    } else return false;
    return true;
  }
}

/** Hash of a request's class by method and path. */
export function pathClass(method: usize, methodLength: i32, path: usize, pathLength: i32): u32 {
  return templateHash(path, pathLength, fnv1a(method, methodLength));
}
