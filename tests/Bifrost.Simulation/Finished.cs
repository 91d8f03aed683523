namespace Bifrost.Simulation;

/// <summary>Reads tasks that are finished by construction: the in-memory store and the ended scenario never wait.</summary>
internal static class Finished
{
#pragma warning disable VSTHRD002 // One thread, and the task is complete: nothing can block.
    public static T Value<T>(Task<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("Not finished.");

    public static void Check(Task task) => task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
