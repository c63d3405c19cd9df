package dvdquant.evaluate.report;

/** A name and what it stands for, as "steps" and "20". */
public record Fact(String name, String value) {}
