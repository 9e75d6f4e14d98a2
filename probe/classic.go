package probe

// The names of RFC 3489, Section 5, and of its Section 10.1 for hosts without a
// NAT.
const (
	openInternet   = "open Internet"
	firewall       = "symmetric UDP firewall"
	fullCone       = "full cone"
	restrictedCone = "restricted cone"
	portRestricted = "port-restricted cone"
	symmetric      = "symmetric"
	blocked        = "blocked"
)

// classic derives the old name from mapping and filtering, "" where they do not
// suffice for one. RFC 3489 calls every mapping that is not endpoint-independent
// symmetric, whatever its filter.
func classic(r *Result) string {
	switch {
	case !r.Reachable:
		return ""
	case r.NAT == No && r.Filtering == EndpointIndependent:
		return openInternet
	case r.NAT == No && r.Filtering != NotDetermined:
		return firewall
	case r.NAT != Yes || r.Mapping == NotDetermined:
		return ""
	case r.Mapping != EndpointIndependent:
		return symmetric
	}
	return map[Dependence]string{
		EndpointIndependent:     fullCone,
		AddressDependent:        restrictedCone,
		AddressAndPortDependent: portRestricted,
	}[r.Filtering]
}
