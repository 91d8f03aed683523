namespace Bifrost.Engine.Tests;

/// <summary>One of very many.</summary>
[Alias("test.ICrowdGrain")]
public interface ICrowdGrain : IGrainWithStringKey
{
    [Alias("Touch")]
    Task<int> Touch();
}

public sealed class CrowdGrain : Grain, ICrowdGrain
{
    private static int s_ended;

    private readonly byte[] _ballast = new byte[512];

    public static int Ended => s_ended;

    /// <summary>The grain itself, for as long as somebody else keeps it.</summary>
    public static System.Collections.Concurrent.ConcurrentBag<WeakReference> Seen { get; } = [];

    public Task<int> Touch()
    {
        Seen.Add(new WeakReference(this));
        return Task.FromResult(_ballast.Length);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref s_ended);
        return Task.CompletedTask;
    }
}
