# Keeps a copy of what it sends on; bounces are not sent on.
require "envelope";

if not envelope :is "from" "" {
  redirect "Second Box <second@example.net>";
  keep;
}
