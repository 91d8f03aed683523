namespace Bifrost.Embedded.Runtime;

/// <summary>What the attributes of a grain method say.</summary>
/// <param name="IsTick">Nobody waits: a timer's tick. It neither times out nor moves to another activation.</param>
/// <param name="CountsAsUse">Keeps the activation from being idle.</param>
/// <param name="ResponseTimeout">Null: the engine's own.</param>
internal sealed record MethodTraits(
    bool AlwaysInterleave = false, bool ReadOnly = false, bool IsTick = false, bool CountsAsUse = true, TimeSpan? ResponseTimeout = null);

/// <summary>One method of a grain interface, bound once: how to run it, how it interleaves, how long its caller waits.</summary>
internal abstract class GrainMethod(string name, MethodTraits traits, Func<object, object?[], Task> body)
{
    /// <summary>"Interface.Method", for messages.</summary>
    public string Name => name;

    public MethodTraits Traits => traits;

    public abstract IReply NewReply();

    /// <summary>Runs the first segment. Exceptions before the first await end up in the task like those after it.</summary>
    public Task Begin(object grain, object?[] arguments)
    {
        try
        {
            return body(grain, arguments) ?? Failed(new InvalidOperationException($"{Name} answered null instead of a task."));
        }
        catch (Exception exception)
        {
            return Failed(exception);
        }
    }

    public abstract Task Failed(Exception exception);
}

/// <summary>A method that answers a plain task.</summary>
internal sealed class GrainAction(string name, MethodTraits traits, Func<object, object?[], Task> body) : GrainMethod(name, traits, body)
{
    public override IReply NewReply() => new Reply();

    public override Task Failed(Exception exception) => Task.FromException(exception);
}

/// <summary>A method that answers a task with a result.</summary>
internal sealed class GrainFunction<T>(string name, MethodTraits traits, Func<object, object?[], Task> body) : GrainMethod(name, traits, body)
{
    public override IReply NewReply() => new Reply<T>();

    public override Task Failed(Exception exception) => Task.FromException<T>(exception);
}
