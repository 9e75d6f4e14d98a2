package refnat

// loses reports whether a packet that has arrived is lost by chance, with nothing
// done about it.
func (t *Table) loses() bool {
	return t.cfg.Behaviour.Loss > 0 && t.losses.Float64() < t.cfg.Behaviour.Loss
}
