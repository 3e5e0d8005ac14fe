require "ihave";
if not ihave "frobnicate" {
	error "no body test here";
}
discard;
