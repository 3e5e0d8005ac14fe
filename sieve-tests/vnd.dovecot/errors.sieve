require ["vnd.dovecot.debug", "vnd.dovecot.report"];
debug_log;
debug_log 5;
report "abuse" "text";
report "abuse" "text" "nobody";
