drop view campaign_enrollment_progress;
drop table enrollment_touches;
drop table campaign_enrollments;
drop table campaign_touches;
drop table campaigns;
