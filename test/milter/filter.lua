-- Plays the MTA for a milter that is described in miltertest.test.ts. The address comes in as -D address=…

local function expect(what, fault)
  if fault ~= nil then error(what .. ": " .. fault) end
end
local function reply(conn, wanted, what)
  if mt.getreply(conn) ~= wanted then
    error(what .. ": unexpected reply " .. string.char(mt.getreply(conn)))
  end
end

local function main()

-- 1. A message with every change miltertest can see.
local conn = mt.connect(address, 50, 0.1)
if conn == nil then error "no connection" end
expect("negotiate", mt.negotiate(conn, 6, nil, nil))
if not mt.test_action(conn, SMFIF_ADDHDRS) then error "ADDHDRS was not asked for" end
if mt.test_option(conn, SMFIP_NOBODY) then error "the body was not asked for" end
if not mt.test_option(conn, SMFIP_NODATA) then error "DATA was asked for" end
if not mt.test_option(conn, SMFIP_NOUNKNOWN) then error "unknown commands were asked for" end

mt.macro(conn, SMFIC_CONNECT, "j", "mta.example")
expect("conninfo", mt.conninfo(conn, "client.example", "192.0.2.1"))
reply(conn, SMFIR_CONTINUE, "conninfo")
expect("helo", mt.helo(conn, "helo.example"))
reply(conn, SMFIR_CONTINUE, "helo")
mt.macro(conn, SMFIC_MAIL, "i", "queue-id", "{auth_authen}", "anna")
expect("mailfrom", mt.mailfrom(conn, "<sender@example.com>", "SIZE=100"))
reply(conn, SMFIR_CONTINUE, "mailfrom")
expect("rcptto", mt.rcptto(conn, "<bad@example.org>"))
reply(conn, SMFIR_REPLYCODE, "a recipient that is refused")
expect("rcptto", mt.rcptto(conn, "<user@example.org>"))
reply(conn, SMFIR_CONTINUE, "a recipient that is not")
expect("header", mt.header(conn, "Subject", "changes"))
expect("header", mt.header(conn, "X-Old", "1"))
if not mt.test_option(conn, SMFIP_NOEOH) then expect("eoh", mt.eoh(conn)) end
expect("body", mt.bodystring(conn, "Hello\r\n"))
reply(conn, SMFIR_CONTINUE, "body")
expect("eom", mt.eom(conn))
reply(conn, SMFIR_ACCEPT, "eom")
if not mt.eom_check(conn, MT_HDRADD, "X-Facts", "mta.example queue-id anna client.example helo.example SIZE=100 1") then
  error("facts: " .. tostring(mt.getheader(conn, "X-Facts", 0)))
end
if not mt.eom_check(conn, MT_HDRINSERT, "X-Top", "first", 0) then error "no header inserted" end
if not mt.eom_check(conn, MT_HDRCHANGE, "Subject", "changed") then error "no header changed" end
if not mt.eom_check(conn, MT_HDRDELETE, "X-Old") then error "no header deleted" end
if not mt.eom_check(conn, MT_RCPTADD, "<added@example.org>") then error "no recipient added" end
if not mt.eom_check(conn, MT_RCPTDELETE, "<user@example.org>") then error "no recipient deleted" end
if not mt.eom_check(conn, MT_BODYCHANGE, "Bye\r\n") then error "no body replaced" end
if not mt.eom_check(conn, MT_QUARANTINE, "looks odd") then error "no quarantine" end

-- 2. On the same connection: an abort, then a message that is refused with a text.
expect("mailfrom", mt.mailfrom(conn, "<sender@example.com>"))
expect("abort", mt.abort(conn))
expect("mailfrom", mt.mailfrom(conn, "<sender@example.com>"))
expect("rcptto", mt.rcptto(conn, "<user@example.org>"))
expect("header", mt.header(conn, "Subject", "refuse"))
if not mt.test_option(conn, SMFIP_NOEOH) then expect("eoh", mt.eoh(conn)) end
expect("eom", mt.eom(conn))
reply(conn, SMFIR_REPLYCODE, "a refusal")
if not mt.eom_check(conn, MT_SMTPREPLY, "554", "5.7.1", "Not wanted") then error "no text" end

-- 3. What can be decided at the end.
for subject, wanted in pairs({ reject = SMFIR_REJECT, tempfail = SMFIR_TEMPFAIL, discard = SMFIR_DISCARD }) do
  expect("mailfrom", mt.mailfrom(conn, "<sender@example.com>"))
  expect("rcptto", mt.rcptto(conn, "<user@example.org>"))
  expect("header", mt.header(conn, "Subject", subject))
  if not mt.test_option(conn, SMFIP_NOEOH) then expect("eoh", mt.eoh(conn)) end
  expect("body", mt.bodyrandom(conn, 100000))
  expect("eom", mt.eom(conn))
  reply(conn, wanted, subject)
end
mt.disconnect(conn)

-- 4. A client of no known family, and a connection that breaks off.
conn = mt.connect(address)
expect("conninfo", mt.conninfo(conn, "localhost", "unspec"))
reply(conn, SMFIR_CONTINUE, "family U")
expect("mailfrom", mt.mailfrom(conn, "<sender@example.com>"))
mt.disconnect(conn, false)

-- 5. The oldest protocol there is.
conn = mt.connect(address)
expect("negotiate", mt.negotiate(conn, 2, 0x3f, 0x7f))
expect("conninfo", mt.conninfo(conn, "client.example", "192.0.2.1"))
expect("mailfrom", mt.mailfrom(conn, "<sender@example.com>"))
expect("rcptto", mt.rcptto(conn, "<user@example.org>"))
expect("header", mt.header(conn, "Subject", "tempfail"))
reply(conn, SMFIR_CONTINUE, "a header field")
if not mt.test_option(conn, SMFIP_NOEOH) then expect("eoh", mt.eoh(conn)) end
expect("eom", mt.eom(conn))
reply(conn, SMFIR_TEMPFAIL, "version 2")
mt.disconnect(conn)
end

local fine, why = pcall(main)
if not fine then
  -- miltertest keeps the text of an error to itself.
  mt.echo(tostring(why))
  error(why)
end
