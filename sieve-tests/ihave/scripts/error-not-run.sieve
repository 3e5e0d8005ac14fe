require "ihave";
if not ihave "body" {
	error "no body";
}
discard;
