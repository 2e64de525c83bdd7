package org.nself.incidents.analytics;

/**
 * How many incidents started at an hour of a weekday.
 *
 * @param weekday from 1 for Monday to 7 for Sunday
 * @param hour 0 to 23, of the wall clock
 */
record HeatmapCell(int weekday, int hour, int count) {}
