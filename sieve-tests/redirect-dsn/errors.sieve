require ["redirect-dsn", "redirect-deliverby"];

redirect :notify "NEVER,DELAY" "a@example.com";
redirect :ret "some" "a@example.com";
redirect :bymode "return" "a@example.com";
redirect :bytimeabsolute "tomorrow" "a@example.com";
