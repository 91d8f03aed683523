using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Limits;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>
/// One request and its answer, up to a whole body, an open stream or a failure. What the bytes mean is the dialect's, in the class that derives from
/// it.
/// </summary>
internal abstract class Exchange
{
    private readonly Upstream _upstream;
    private readonly TimeProvider _time;
    private volatile EditedBody? _body;
    private HttpResponseMessage? _response;

    protected Exchange(UpstreamTarget target, ProviderCall call, Upstream upstream, ProviderLimits limits, TimeProvider time)
    {
        (Target, Call, Limits, _upstream, _time) = (target, call, limits, upstream, time);
        Timer = PhaseTimer.Rent(time, target.RemainingMs, call.Stream ? target.Provider.FirstTokenTimeoutMs : 0, call.Abort);
    }

    protected UpstreamTarget Target { get; }
    protected ProviderCall Call { get; }
    protected ProviderLimits Limits { get; }
    protected PhaseTimer Timer { get; }
    protected string Name => Target.Provider.Name;

    /// <summary>The answer whose headers have come.</summary>
    protected HttpResponseMessage Response => _response!;

    private bool HasEnded => Timer.Token.IsCancellationRequested || Call.AbortUnsent.IsCancellationRequested;

    public async Task<ProviderReply> RunAsync()
    {
        UpstreamStream? stream = null;
        try
        {
            try
            {
                _body = MakeBody();
                Timer.Arm(Phase.FirstByte, Target.Provider.FirstByteTimeoutMs);
                using var unsent = Call.AbortUnsent.UnsafeRegister(static exchange => ((Exchange)exchange!).LeaveUnsent(), this);
                _response = await SendAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (TransportFailure.IsExpected(exception))
            {
                return Failed(TransportFailure.BeforeAnswer(exception, Target.Provider, Timer));
            }
            try
            {
                if (!_response.IsSuccessStatusCode) return Failed(await ReadErrorAsync().ConfigureAwait(false));
                if (await OpenBodyAsync().ConfigureAwait(false) is not { } body) return Failed(Compressed());
                if (!Call.Stream) return await ReadAnswerAsync(body).ConfigureAwait(false);

                // What the answer calls itself says little: event streams come as text, JSON comes as an event stream.
                var opening = StreamOf(body);
                if (await opening.OpenAsync(_time).ConfigureAwait(false) is { } failure) return Failed(failure);
                stream = opening;
                return Reply(stream);
            }
            catch (Exception exception) when (TransportFailure.IsExpected(exception))
            {
                return Failed(TransportFailure.WithinAnswer(exception, Target.Provider, Timer));
            }
        }
        finally
        {
            if (stream is null)
            {
                _response?.Dispose();
                Timer.Dispose();
            }
        }
    }

    /// <summary>The bytes that go upstream; asked for again where they are sent a second time.</summary>
    protected abstract EditedBody MakeBody();

    /// <summary>
    /// A whole answer in OpenAI's shape; null with a failure where it is none. The body's buffer belongs to the answer, and stays the caller's
    /// where there is none.
    /// </summary>
    protected abstract PlainBody? AnswerOf(ref BoundedBody body, out ProviderFailure? failure);

    /// <summary>The stream that reads the answer.</summary>
    protected abstract UpstreamStream StreamOf(Stream body);

    /// <summary>Where this call goes.</summary>
    protected virtual Uri Url => Call.Stream ? _upstream.Route.StreamUrl : _upstream.Route.ChatUrl;

    /// <summary>For headers of this call alone.</summary>
    protected virtual void AddHeaders(HttpRequestMessage request)
    {
    }

    /// <summary>What the dialect has to say of its work, beside the answer.</summary>
    protected virtual ProviderReply Told(ProviderReply reply) => reply;

    protected ProviderFailure Bad(string what) => ProviderFailures.BadAnswer($"Provider '{Name}' {what}");

    protected ProviderFailure TooLarge() => Bad($"answered with more than {Limits.AnswerBytesMax} bytes.");

    /// <summary>The caller left: a request that has not begun to leave does not.</summary>
    private void LeaveUnsent()
    {
        if (_body!.TryWithhold()) Timer.Stop();
    }

    /// <summary>
    /// Sends the request. Where it meets a kept connection that the provider has closed meanwhile, and no byte of an answer came, it is sent once
    /// more on a fresh one (RFC 9112, section 9.3.1): the provider did not take the first.
    /// </summary>
    private async ValueTask<HttpResponseMessage> SendAsync()
    {
        try
        {
            return await SendByAsync(_upstream.Connections.Kept).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && _body!.IsUnanswered && !HasEnded)
        {
            _body = MakeBody();
            return await SendByAsync(_upstream.Connections.Fresh).ConfigureAwait(false);
        }
    }

    private Task<HttpResponseMessage> SendByAsync(HttpMessageInvoker invoker)
    {
        var request = UpstreamRequest.Make(Target, Call, Url, _upstream, _body!);
        AddHeaders(request);
        return invoker.SendAsync(request, Timer.Token);
    }

    /// <summary>The answer's body without its coding; null when that is not known.</summary>
    private ValueTask<Stream?> OpenBodyAsync() => Codings.OpenAsync(_response!.Content, Timer.Token);

    private ProviderFailure Compressed() =>
        Bad($"compressed an answer that was not asked to be compressed, as '{Codings.Of(_response!.Content.Headers)}', which is not known.");

    private async ValueTask<ProviderReply> ReadAnswerAsync(Stream stream)
    {
        if (_response!.Content.Headers.ContentLength > Limits.AnswerBytesMax) return Failed(TooLarge());
        var body = await ReadBodyAsync(stream, Limits.AnswerBytesMax, Call.Room).ConfigureAwait(false);
        if (body.Exceeded) return Failed(TooLarge(), body);
        if (body.Length == 0) return Failed(Bad("answered with an empty body."), body);
        return AnswerOf(ref body, out var failure) is { } answer ? Reply(answer) : Failed(failure!, body);
    }

    /// <summary>An error's status and headers say enough to act on, should its body never come.</summary>
    private async Task<ProviderFailure> ReadErrorAsync()
    {
        var status = (int)_response!.StatusCode;
        var retryAfterMs = RetryAfter.ReadMs(_response.Headers, _time.GetUtcNow());
        var error = ErrorBody.Unread;
        try
        {
            if (await OpenBodyAsync().ConfigureAwait(false) is { } stream)
            {
                var body = await ReadBodyAsync(stream, Limits.ErrorBytesMax).ConfigureAwait(false);
                error = ErrorBody.Parse(body.Bytes);
                body.Return();
            }
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && !Call.Abort.IsCancellationRequested)
        {
            // Cut off, stalled or not to be decoded: the status stands.
        }
        return Verdict.OfStatus(Name, status, error, retryAfterMs, Target.Credential);
    }

    private ValueTask<BoundedBody> ReadBodyAsync(Stream stream, int bytesMax, AnswerRoom? room = null) => BoundedBody.ReadAsync(
        stream,
        Codings.Of(_response!.Content.Headers) is null ? _response.Content.Headers.ContentLength : null,
        bytesMax,
        Timer,
        Target.Provider.StreamIdleTimeoutMs,
        room,
        Call.VirtualKeyId);

    private ProviderReply Reply(ReplyBody? body = null) => Told(new ProviderReply
    {
        Status = _response is null ? 0 : (int)_response.StatusCode,
        KeyId = Target.KeyId,
        ProcessingMs = ProcessingMs(),
        Sent = _body?.Started ?? false,
        Body = body,
    });

    private ProviderReply Failed(ProviderFailure failure) => Reply() with { Failure = failure };

    private ProviderReply Failed(ProviderFailure failure, BoundedBody body)
    {
        body.Return();
        body.Claim?.Dispose();
        return Failed(failure);
    }

    private string? ProcessingMs()
    {
        if (_response is null || !_response.Headers.NonValidated.TryGetValues("openai-processing-ms", out var values)) return null;
        foreach (var value in values) return value;
        return null;
    }
}
