keep;
redirect "a@example.org;
discard;
