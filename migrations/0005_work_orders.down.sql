drop table work_orders;
