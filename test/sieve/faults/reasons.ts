/** Why we count otherwise, where several scripts have the same reason. */
export const CONST =
  'what is never reached because of a constant is checked all the same: a script with errors is refused as a whole';
export const SUFFIX = 'a number with a wrong suffix is a fault of its own, told at once';
export const NUL =
  'RFC 5228 §2.4.2: a string holds no NUL; that is one fault, and it goes on behind the string';
export const TWICE = 'RFC 5228 §2.6.2: a tag is given once';
export const CONTROL = 'control characters do not belong into names of mailboxes (RFC 5198 §2)';
export const NS = 'RFC 5229 §3: a namespace whose extension is not required is an error';
export const INDEX =
  'RFC 5229 §3.2: an index beyond what is supported is an error found when the script is compiled';
export const GLOBAL = 'RFC 6609 §3.4.2: the namespace holds variables named by one identifier';
export const IMPORT = 'RFC 6609 has no such command; an early draft had';
