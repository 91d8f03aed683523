using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Bifrost.KillTest.Cluster;

/// <summary>
/// What stands before the silos, as a proxy would: it takes the next silo for each call, and another one where none of it was sent; it keeps idle
/// connections for less than the notice of a stop, since a call on one that is being closed would break. It
/// notes what no client of a cluster may see: a call that broke without a kill, a stream that a stop cut off, an error of the gateway's own.
/// </summary>
internal sealed class FrontEnd(IReadOnlyList<Member> members)
    : DelegatingHandler(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(500) })
{
    /// <summary>Errors that tell of the cluster, not of the call or its upstream.</summary>
    private static readonly string[] s_ownErrors = ["ledger_unavailable", "request_dropped", "shutting_down"];

    private readonly ConcurrentQueue<string> _failed = new();
    private int _next;
    private int _inside;
    private int _leaving;

    /// <summary>While the store is away calls are refused for it, and that is right.</summary>
    public bool StoreMayBeAway { get; set; }

    /// <summary>Beside an older build, which answers for a leaving grain instead of asking again, that is no failure.</summary>
    public bool MayLeave { get; init; }

    /// <summary>Calls that an older build answered for a leaving grain.</summary>
    public int Leaving => _leaving;

    /// <summary>Calls that were inside a process when it was killed or cut off.</summary>
    public int Inside => _inside;

    public IReadOnlyCollection<string> Failed => _failed;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.PathAndQuery;
        for (var tried = 1; ; tried++)
        {
            var member = Next();
            request.RequestUri = new Uri(member.Address, path);
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                await JudgeAsync(member, path, response, cancellationToken);
                return response;
            }
            catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.ConnectionError && tried <= 20 * members.Count)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(tried % members.Count == 0 ? 100 : 1), TimeProvider.System, cancellationToken);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                if (member.Killed) Interlocked.Increment(ref _inside);
                else _failed.Enqueue($"{path} broke: {broken.Message} {broken.InnerException?.Message}");
                throw;
            }
        }
    }

    /// <summary>In turn, past those that said that they stop, unless all did.</summary>
    private Member Next()
    {
        for (var passed = 0; ; passed++)
        {
            var member = members[(int)((uint)Interlocked.Increment(ref _next) % (uint)members.Count)];
            if (!member.Leaves || passed >= members.Count) return member;
        }
    }

    private async Task JudgeAsync(Member member, string path, HttpResponseMessage response, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        if (response.IsSuccessStatusCode)
        {
            if (text.StartsWith("data:", StringComparison.Ordinal) && text.Contains("shutting_down", StringComparison.Ordinal))
                _failed.Enqueue($"{path}: a stream was cut off");
            return;
        }

        // The upstream's own words: a try and its repetition may both meet the simulator's errors.
        if (text.Contains("\"is_bifrost_error\":false", StringComparison.Ordinal)) return;
        var type = TypeOf(text);
        if (StoreMayBeAway && type == "ledger_unavailable") return;
        if (response.StatusCode != HttpStatusCode.InternalServerError && !s_ownErrors.Contains(type)) return;
        if (MayLeave && text.Contains("grain is leaving", StringComparison.Ordinal)) Interlocked.Increment(ref _leaving);
        else if (member.Killed) Interlocked.Increment(ref _inside);
        else _failed.Enqueue($"{path}: {(int)response.StatusCode} {text}");
    }

    private static string TypeOf(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.TryGetProperty("type", out var type) ? type.GetString() ?? "" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
