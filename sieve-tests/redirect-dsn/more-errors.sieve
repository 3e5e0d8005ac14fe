require ["redirect-dsn"];
redirect :notify "" "a@example.com";
redirect :notify "SUCCESS,NEVER" "a@example.com";
redirect :notify ["SUCCESS"] "a@example.com";
redirect :ret "FULL" :ret "HDRS" "a@example.com";
keep :notify "NEVER";
