-- Plays an MTA with three submissions for miltertest.test.ts, which says at -D address= where the milter is. Prints the
-- signature of each, or "none".

local function submit(login, from)
  local conn = mt.connect(address, 50, 0.1)
  if conn == nil then error "no connection" end
  mt.negotiate(conn, 6, nil, nil)
  mt.conninfo(conn, "client.example", "192.0.2.1")
  mt.helo(conn, "client.example")
  if login ~= "" then
    mt.macro(conn, SMFIC_MAIL, "i", "queue-id", "{auth_type}", "PLAIN", "{auth_authen}", login)
  end
  mt.mailfrom(conn, "<anna@tamis.test>")
  mt.rcptto(conn, "<carl@elsewhere.example>")
  mt.header(conn, "From", " " .. from)
  mt.header(conn, "Subject", " two\n\tlines")
  if not mt.test_option(conn, SMFIP_NOEOH) then mt.eoh(conn) end
  mt.bodystring(conn, "Hello\r\n")
  mt.eom(conn)
  if mt.getreply(conn) ~= SMFIR_ACCEPT then error "not accepted" end
  mt.echo("<<" .. (mt.getheader(conn, "DKIM-Signature", 0) or "none") .. ">>")
  mt.disconnect(conn)
end

submit("anna@tamis.test", "anna@tamis.test")
submit("anna@tamis.test", "bert@tamis.test")
submit("", "anna@tamis.test")
