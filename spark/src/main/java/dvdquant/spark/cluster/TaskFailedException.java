package dvdquant.spark.cluster;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A task failed as often as Spark tries. The message says which, by its label, and what was wrong the last time. */
public final class TaskFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final Pattern TASK = Pattern.compile("Task (\\d+) in stage \\S+ failed (\\d+) times");
    private static final Pattern LAST = Pattern.compile("most recent failure: Lost task .*?\\(TID \\d+\\) "
            + "\\((.*?)\\): (.*)");

    private TaskFailedException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param e of Spark, whose message has the task's number and the last failure's first line */
    static TaskFailedException of(Exception e, List<? extends ClusterTask<?>> tasks) {
        String text = String.valueOf(e.getMessage());
        Matcher task = TASK.matcher(text);
        if (!task.find()) return new TaskFailedException(text.lines().findFirst().orElse(text), e);
        String label = tasks.get(Integer.parseInt(task.group(1))).label();
        Matcher last = LAST.matcher(text);
        String reason = last.find() ? reason(last.group(2), label) + " (" + last.group(1) + ")" : "no reason is known";
        return new TaskFailedException(label + " failed " + task.group(2) + " times, at last: " + reason, e);
    }

    /** Without what is said already. */
    private static String reason(String failure, String label) {
        int at = failure.indexOf(label + ": ");
        return at < 0 ? failure : failure.substring(at + label.length() + 2);
    }
}
