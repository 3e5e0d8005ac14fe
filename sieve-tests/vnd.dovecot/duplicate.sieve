require "vnd.dovecot.duplicate";
if duplicate :header "X-Id" { discard; }
if duplicate :value "x" { discard; }
