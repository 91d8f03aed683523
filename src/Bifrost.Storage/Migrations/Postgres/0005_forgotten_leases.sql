-- Closed leases that paid nothing, which a sweep deletes after a day.
create index credit_lease_unused on credit_lease (id) where state = 2 and settled_nanos = 0;
