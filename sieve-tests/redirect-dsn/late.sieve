require ["redirect-dsn", "variables"];
set "when" "PERHAPS";
redirect :notify "${when}" "a@example.com";
