package refnat

import "time"

// sendOut translates a packet from the inside.
func (t *Table) sendOut(p *protocol, d *datagram, now time.Time) []Packet {
	x, seen := d.SourceEndpoint(), d.DestinationEndpoint()
	y, found := t.revealed(x, seen)
	if !found && seen.Addr() == t.cfg.InsideAddr {
		return nil // it is for the NAT itself
	}
	if !t.leaves(p, d, x, y) {
		return t.pickedUp(d)
	}
	if p.faults.shuns(&d.Packet) || p.faults.dropsQuery(&d.Packet) || t.cutsOut(d, x, y) {
		return nil
	}
	if t.owns(y.Protocol, y.Addr()) {
		return t.hairpin(p, d, now)
	}
	reply, stop := t.obstacle(d, Outside)
	if stop && !p.faults.passesToo(d, t.cfg.OutsideMTU) {
		return reply
	}
	made := !t.knows(x, y)
	m := t.outward(&d.Packet, x, y, now)
	if m == nil || t.dead(m) || t.expired(m, now) || t.forsakes(m, y) {
		return t.refuse(d)
	}
	if t.overtakes(m, made) || p.faults.isTiredOf(m) {
		return nil
	}
	t.remember(x, y)
	t.serves(m, &d.Packet)
	t.servedIPsec(x)
	t.begins(m, y)
	t.asks(d, m)
	d = t.ftpOut(d, x, y, now)
	e := d.forward()
	p.faults.spoil(d, e, m, p.behaviour.FTP)
	p.faults.reshape(d, e)
	e.SetSource(m.external.AddrPort)
	p.faults.divert(d, e)
	if found {
		t.answered(x, seen, now)
		e.SetDestination(y.AddrPort)
		return follow(reply, t.emit(d, e, Outside))
	}
	return follow(follow(reply, t.remarks(d)), t.leak(d, t.emit(d, e, Outside)))
}

// sendIn translates a packet from the outside.
func (t *Table) sendIn(p *protocol, d *datagram, now time.Time) []Packet {
	y, x1 := d.SourceEndpoint(), d.DestinationEndpoint()
	t.race.made = nil
	m := t.repliedTo(d, t.addressee(x1, y))
	if m == nil {
		m = t.adopt(p, d, now)
	}
	if m == nil || !t.enters(p, d, m, y) || t.closed(m, y) || t.exhausted(m.internal) || t.wrong.forgotten(m, y) ||
		t.expired(m, now) || t.unled(m) || t.outworn(m, y, now) || t.takenForOutside(m) ||
		t.turnsAway(m, y) {
		t.unsolicited(d, y, x1)
		t.rejected(m, now)
		return p.refused(t, d, now)
	}
	if t.intrudes(m, y) || t.cuts(d, m, y) || p.faults.bars(d, m) || p.faults.dropsReply(d) {
		return nil
	}
	if reply, stop := t.obstacle(d, Inside); stop {
		return reply
	}
	t.received(m, &d.Packet, y, now)
	t.called(m, y)
	t.hears(m, y)
	e := d.forward()
	p.faults.gatewayIn(d, e, m)
	p.faults.reshape(d, e)
	t.shown(m, e)
	t.disguise(m, y, e)
	t.ftpIn(d, e, m, y)
	e.SetDestination(m.internal.AddrPort)
	if m.permanent {
		p.faults.wears(d, e)
	}
	if t.hides(m, y) {
		as, ok := t.hide(m, y, now)
		if !ok {
			return nil
		}
		e.SetSource(as.AddrPort)
	}
	return t.emit(d, e, Inside)
}

// hairpin turns a packet from the inside around that is for an external endpoint.
// To the receiver's filter, the sender is its external endpoint.
func (t *Table) hairpin(p *protocol, d *datagram, now time.Time) []Packet {
	x, y := d.SourceEndpoint(), d.DestinationEndpoint()
	to := t.inward(y)
	if to == nil || t.behaviour(d.Protocol).Hairpin == HairpinNone || p.faults.parts(x, to) ||
		t.unturned(d, x, y, to) {
		return nil
	}
	if reply, stop := t.obstacle(d, Inside); stop {
		return reply
	}
	from := t.outward(&d.Packet, x, y, now)
	if from == nil {
		return t.refuse(d)
	}
	if !t.enters(p, d, to, from.external) {
		return nil
	}
	t.received(to, &d.Packet, from.external, now)
	e := d.forward()
	if t.behaviour(d.Protocol).Hairpin == HairpinExternalSource && !t.bares(from) {
		e.SetSource(from.external.AddrPort)
	}
	e.SetDestination(to.internal.AddrPort)
	p.faults.wears(d, e)
	return t.emit(d, e, Inside)
}

// route forwards as a plain router does.
func (t *Table) route(d *datagram, to Side) []Packet {
	if reply, stop := t.obstacle(d, to); stop {
		return reply
	}
	return t.emit(d, d.forward(), to)
}

func (t *Table) mtu(side Side) int {
	if side == Inside {
		return t.cfg.InsideMTU
	}
	return t.cfg.OutsideMTU
}
