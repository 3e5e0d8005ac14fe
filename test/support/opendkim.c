/*
 * OpenDKIM's library as a program that verifies, signs and times many messages in one process. Compiled by opendkim.ts.
 * Commands on standard input, a line each, some followed by as many octets as their last number says:
 *
 *   key NAME RECORD                                     a TXT record
 *   private SELECTOR LENGTH                             a PEM key
 *   verify LENGTH                                       -> a line: a word for each signature, in the order of the message
 *   sign SELECTOR DOMAIN ALGORITHM HEADER BODY COUNT NAMES LENGTH
 *                                                       -> a line: octets of the field, then the field
 *   time-verify TIMES LENGTH, time-sign TIMES ...       -> a line: CPU seconds of all together, or what went wrong
 *
 * HEADER and BODY are simple or relaxed, COUNT is l= or -1, NAMES are separated by colons.
 */
#include <sys/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <opendkim/dkim.h>

#define MAX_KEYS 16
#define MAX_NAMES 200
#define MAX_LINE 65536

struct key {
  char name[256];
  char text[MAX_LINE];
};

static struct key records[MAX_KEYS], privates[MAX_KEYS];
static int record_count, private_count;

static const char *find(const struct key *keys, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (strcmp(keys[i].name, name) == 0) return keys[i].text;
  return NULL;
}

static DKIM_CBSTAT lookup(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buffer, size_t size) {
  (void)dkim;
  char name[512];
  snprintf(name, sizeof name, "%s._domainkey.%s", dkim_sig_getselector(sig), dkim_sig_getdomain(sig));
  const char *record = find(records, record_count, name);
  if (record == NULL) return DKIM_CBSTAT_NOTFOUND;
  snprintf((char *)buffer, size, "%s", record);
  return DKIM_CBSTAT_CONTINUE;
}

/* Hands over a message as an MTA does: field by field without the last line ending, then the body. */
static DKIM_STAT feed(DKIM *dkim, u_char *message, size_t length, size_t *body) {
  size_t at = 0;
  while (at < length && !(length - at >= 2 && memcmp(message + at, "\r\n", 2) == 0)) {
    size_t end = at;
    for (;; end++) {
      if (end + 1 >= length) { end = length; break; }
      if (message[end] != '\r' || message[end + 1] != '\n') continue;
      if (end + 2 >= length || (message[end + 2] != ' ' && message[end + 2] != '\t')) break;
    }
    DKIM_STAT status = dkim_header(dkim, message + at, end - at);
    if (status != DKIM_STAT_OK) return status;
    at = end + 2 > length ? length : end + 2;
  }
  *body = at + 2 > length ? length : at + 2;
  return dkim_eoh(dkim);
}

static DKIM_STAT finish(DKIM *dkim, u_char *message, size_t length, size_t body) {
  DKIM_STAT status = DKIM_STAT_OK;
  if (body < length) status = dkim_body(dkim, message + body, length - body);
  return status == DKIM_STAT_OK ? dkim_eom(dkim, NULL) : status;
}

/* Returns whether all signatures passed; tells the words when `told`. */
static bool verify(DKIM_LIB *library, u_char *message, size_t length, bool told) {
  DKIM_STAT status;
  size_t body = 0;
  DKIM_SIGINFO **signatures;
  int count = 0;
  bool passed = true;
  DKIM *dkim = dkim_verify(library, (const unsigned char *)"m", NULL, &status);
  if (dkim == NULL) return false;
  status = feed(dkim, message, length, &body);
  if (status == DKIM_STAT_OK) status = finish(dkim, message, length, body);
  if (dkim_getsiglist(dkim, &signatures, &count) != DKIM_STAT_OK) count = 0;
  for (int i = 0; i < count; i++) {
    bool pass = DKIM_SIG_CHECK(signatures[i]);
    passed = passed && pass;
    if (!told) continue;
    const char *why = dkim_sig_geterrorstr(dkim_sig_geterror(signatures[i]));
    if (pass) printf("pass;");
    else if (dkim_sig_geterror(signatures[i]) == DKIM_SIGERROR_OK) printf("body hash;");
    else printf("%s;", why == NULL ? "unknown error" : why);
  }
  if (told) printf("%s\n", count == 0 ? dkim_getresultstr(status) : "");
  dkim_free(dkim);
  return passed && count > 0;
}

struct signing {
  char selector[64], domain[256], names[MAX_LINE];
  dkim_alg_t algorithm;
  dkim_canon_t header, body;
  long count;
};

static dkim_canon_t form(const char *name) {
  return strcmp(name, "relaxed") == 0 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
}

static bool sign(DKIM_LIB *library, const struct signing *how, u_char *message, size_t length, bool told) {
  DKIM_STAT status;
  size_t body = 0, size = 0;
  u_char *field = NULL;
  char names[MAX_LINE];
  const char *list[MAX_NAMES + 1];
  int count = 0;
  const char *key = find(privates, private_count, how->selector);
  DKIM *dkim = key == NULL ? NULL
    : dkim_sign(library, (const unsigned char *)"m", NULL, (dkim_sigkey_t)key, (const unsigned char *)how->selector,
                (const unsigned char *)how->domain, how->header, how->body, how->algorithm, how->count, &status);
  if (dkim != NULL) {
    strcpy(names, how->names);
    for (char *name = strtok(names, ":"); name != NULL && count < MAX_NAMES; name = strtok(NULL, ":")) list[count++] = name;
    list[count] = NULL;
    status = dkim_signhdrs(dkim, list);
    if (status == DKIM_STAT_OK) status = feed(dkim, message, length, &body);
    if (status == DKIM_STAT_OK) status = finish(dkim, message, length, body);
    if (status == DKIM_STAT_OK) status = dkim_getsighdr_d(dkim, strlen("DKIM-Signature: "), &field, &size);
  }
  bool done = dkim != NULL && status == DKIM_STAT_OK;
  if (told && done) {
    printf("%zu\n", size);
    fwrite(field, 1, size, stdout);
  } else if (told) printf("0 %s\n", dkim == NULL ? "no key" : dkim_getresultstr(status));
  if (dkim != NULL) dkim_free(dkim);
  return done;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static u_char *octets(size_t length) {
  u_char *bytes = malloc(length + 1);
  if (bytes == NULL || fread(bytes, 1, length, stdin) != length) exit(2);
  bytes[length] = 0;
  return bytes;
}

int main(void) {
  static char line[MAX_LINE];
  static struct signing how;
  DKIM_LIB *library = dkim_init(NULL, NULL);
  if (library == NULL) return 2;
  dkim_set_key_lookup(library, lookup);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *text = line + strcspn(line, " ");
    if (*text == ' ') *text++ = 0;
    text[strcspn(text, "\n")] = 0;
    bool timed = strncmp(line, "time-", 5) == 0;
    const char *command = timed ? line + 5 : line;
    long times = 1;
    if (timed) times = strtol(text, &text, 10);
    size_t length = 0;
    if (strcmp(command, "key") == 0 && record_count < MAX_KEYS) {
      struct key *key = &records[record_count++];
      char *record = strchr(text, ' ');
      if (record == NULL) return 2;
      *record++ = 0;
      snprintf(key->name, sizeof key->name, "%s", text);
      snprintf(key->text, sizeof key->text, "%s", record);
      continue;
    }
    if (strcmp(command, "private") == 0 && private_count < MAX_KEYS) {
      struct key *key = &privates[private_count++];
      if (sscanf(text, "%255s %zu", key->name, &length) != 2 || length >= MAX_LINE) return 2;
      u_char *bytes = octets(length);
      memcpy(key->text, bytes, length + 1);
      free(bytes);
      continue;
    }
    bool signs = strcmp(command, "sign") == 0;
    if (signs) {
      char algorithm[32], header[16], body[16];
      if (sscanf(text, "%63s %255s %31s %15s %15s %ld %65535s %zu", how.selector, how.domain, algorithm, header, body,
                 &how.count, how.names, &length) != 8) return 2;
      how.algorithm = strcmp(algorithm, "ed25519-sha256") == 0 ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256;
      how.header = form(header);
      how.body = form(body);
    } else if (strcmp(command, "verify") != 0 || sscanf(text, "%zu", &length) != 1) return 2;
    u_char *message = octets(length);
    double from = seconds();
    bool good = true;
    for (long i = 0; i < times && good; i++)
      good = signs ? sign(library, &how, message, length, !timed) : verify(library, message, length, !timed);
    if (timed && good) printf("%.9f\n", seconds() - from);
    else if (timed) printf("failed\n");
    free(message);
  }
  dkim_close(library);
  return 0;
}
