keep; /* no end
discard;
