keep "a";
keep true;
keep { stop; }
keep :copy;
discard 3;
stop "now";
redirect;
redirect "a@example.org" "b@example.org";
redirect 3;
redirect ["a@example.org", "b@example.org"];
