require ["vnd.dovecot.testsuite"];
discard;
test_fail "within the script";
