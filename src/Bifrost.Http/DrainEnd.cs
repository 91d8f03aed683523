namespace Bifrost.Http;

/// <summary>
/// Told at a stop when running requests have had their time: whoever waits for something then answers 503 <c>shutting_down</c>, or ends its
/// stream with an error event; only after that the connections are closed. What is being written is not broken off by it. One per process.
/// </summary>
public sealed class DrainEnd : IDisposable
{
    private readonly CancellationTokenSource _over = new();

    /// <summary>Whether requests have had their time.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>A request's limit on waiting: until its client leaves or its time is over. The request disposes it.</summary>
    public CancellationTokenSource Limit(CancellationToken client) => CancellationTokenSource.CreateLinkedTokenSource(client, _over.Token);

    public void Tell() => _ = _over.CancelAsync();

    public void Dispose() => _over.Dispose();
}
