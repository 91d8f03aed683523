using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Http.Bodies;

/// <summary>
/// A request that is answered before its body was read. The web server would go on to read a body for up to 5 s, as fast as it comes, so that its sender
/// gets to the answer: that costs more than the request that was refused. A large one is left unread instead, and its connection ends once the sender has
/// had time for the answer.
/// </summary>
public static class UnreadBody
{
    /// <summary>A body up to this size is left to the web server: most clients send all of it before they look at the answer.</summary>
    private const long SmallBytes = 16 << 20;

    /// <summary>How long the sender of a large one has for the answer.</summary>
    private static readonly TimeSpan s_answerMax = TimeSpan.FromSeconds(2);

    private static readonly object s_state = new();

    /// <summary>Called as the request begins.</summary>
    public static void Watch(HttpContext context, TimeProvider time)
    {
        if (context.Request.ContentLength <= SmallBytes || context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return;
        var state = new State(context, time);
        context.Items[s_state] = state;
        context.Response.OnStarting(static state => ((State)state).Starts(), state);
        context.Response.OnCompleted(static state => ((State)state).EndAsync(), state);
    }

    /// <summary>The body was read to its end, or its framing broke: nothing more comes of it.</summary>
    public static void IsOver(HttpContext context)
    {
        if (context.Items.TryGetValue(s_state, out var state)) ((State)state!).IsOver = true;
    }

    private sealed class State(HttpContext context, TimeProvider time)
    {
        public bool IsOver { get; set; }

        public Task Starts()
        {
            if (!IsOver) context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        }

        public async Task EndAsync()
        {
            if (IsOver) return;
            await Task.Delay(s_answerMax, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Abort();
        }
    }
}
