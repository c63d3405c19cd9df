package dvdquant.tensor.cpu.convolution;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Workspaces that no thread uses at the moment; as many as threads have run at once. */
public final class Workspaces implements AutoCloseable {
    private final Queue<Workspace> free = new ConcurrentLinkedQueue<>();

    Workspace take() {
        Workspace workspace = free.poll();
        return workspace != null ? workspace : new Workspace();
    }

    void giveBack(Workspace workspace) {
        free.add(workspace);
    }

    /** Frees those that are not in use. */
    @Override
    public void close() {
        for (Workspace workspace = free.poll(); workspace != null; workspace = free.poll()) {
            workspace.close();
        }
    }
}
