using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Limits;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>One request and its answer, up to a whole body, an open stream or a failure.</summary>
internal sealed class Exchange(UpstreamTarget target, ProviderCall call, Upstream upstream, ProviderLimits limits, TimeProvider time)
{
    private readonly PhaseTimer _timer = PhaseTimer.Rent(time, target.RemainingMs, call.Stream ? target.Provider.FirstTokenTimeoutMs : 0, call.Abort);
    private volatile EditedBody _body = new(call.Body, call.Edits);
    private HttpResponseMessage? _response;

    private string Name => target.Provider.Name;

    public async Task<ProviderReply> RunAsync()
    {
        OpenAiStream? stream = null;
        try
        {
            try
            {
                _timer.Arm(Phase.FirstByte, target.Provider.FirstByteTimeoutMs);
                using var unsent = call.AbortUnsent.UnsafeRegister(static exchange => ((Exchange)exchange!).LeaveUnsent(), this);
                _response = await SendAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (TransportFailure.IsExpected(exception))
            {
                return Failed(TransportFailure.BeforeAnswer(exception, target.Provider, _timer));
            }
            try
            {
                if (!_response.IsSuccessStatusCode) return Failed(await ReadErrorAsync().ConfigureAwait(false));
                if (await OpenBodyAsync().ConfigureAwait(false) is not { } body) return Failed(Compressed());
                if (!call.Stream) return await ReadAnswerAsync(body).ConfigureAwait(false);

                // What the answer calls itself says little: event streams come as text, JSON comes as an event stream.
                var opening = await OpenAiStream.OpenAsync(target, _response, body, _timer, limits, time).ConfigureAwait(false);
                stream = opening.Stream;
                return stream is null ? Failed(opening.Failure!) : Reply(stream);
            }
            catch (Exception exception) when (TransportFailure.IsExpected(exception))
            {
                return Failed(TransportFailure.WithinAnswer(exception, target.Provider, _timer));
            }
        }
        finally
        {
            if (stream is null)
            {
                _response?.Dispose();
                _timer.Dispose();
            }
        }
    }

    /// <summary>The caller left: a request that has not begun to leave does not.</summary>
    private void LeaveUnsent()
    {
        if (_body.TryWithhold()) _timer.Stop();
    }

    /// <summary>
    /// Sends the request. Where it meets a kept connection that the provider has closed meanwhile, and no byte of an answer came, it is sent once
    /// more on a fresh one (RFC 9112, section 9.3.1): the provider did not take the first.
    /// </summary>
    private async Task<HttpResponseMessage> SendAsync()
    {
        try
        {
            return await SendByAsync(upstream.Connections.Kept).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && _body.IsUnanswered && !HasEnded)
        {
            _body = new EditedBody(call.Body, call.Edits);
            return await SendByAsync(upstream.Connections.Fresh).ConfigureAwait(false);
        }
    }

    private bool HasEnded => _timer.Token.IsCancellationRequested || call.AbortUnsent.IsCancellationRequested;

    private Task<HttpResponseMessage> SendByAsync(HttpMessageInvoker invoker) =>
        invoker.SendAsync(UpstreamRequest.Make(target, call, upstream, _body), _timer.Token);

    /// <summary>The answer's body without its coding; null when that is not known.</summary>
    private ValueTask<Stream?> OpenBodyAsync() => Codings.OpenAsync(_response!.Content, _timer.Token);

    private ProviderFailure Compressed() =>
        Bad($"compressed an answer that was not asked to be compressed, as '{Codings.Of(_response!.Content.Headers)}', which is not known.");

    private async Task<ProviderReply> ReadAnswerAsync(Stream stream)
    {
        if (_response!.Content.Headers.ContentLength > limits.AnswerBytesMax) return Failed(TooLarge());
        var body = await ReadBodyAsync(stream, limits.AnswerBytesMax, call.Room).ConfigureAwait(false);
        if (Judge(ref body, out var shape) is not { } failure) return Reply(new PlainAnswer(body, shape));
        body.Return();
        body.Claim?.Dispose();
        return Failed(failure);
    }

    /// <summary>Null for one whole completion.</summary>
    private ProviderFailure? Judge(ref BoundedBody body, out CompletionShape shape)
    {
        shape = default;
        if (body.Exceeded) return TooLarge();
        if (body.Length == 0) return Bad("answered with an empty body.");
        if (!CompletionScanner.TryScan(body.Bytes.Span, out shape)
            && !(body.TryDropEndMark() && CompletionScanner.TryScan(body.Bytes.Span, out shape))) return JudgeOdd(body.Bytes);
        if (shape.HasError) return Verdict.OfErrorObject(Name, ErrorBody.Parse(body.Bytes), target.Credential);
        return shape.HasChoices ? null : Bad("answered with a JSON object that is no completion: it has no choices.") with { Usage = shape.Usage };
    }

    /// <summary>
    /// A body that is no JSON object. It may be an error in a list or in events, and it may state a usage: then the provider ran, and that is what
    /// it costs.
    /// </summary>
    private ProviderFailure JudgeOdd(ReadOnlyMemory<byte> body)
    {
        var error = ErrorBody.Parse(OddBody.ErrorIn(body) ?? body);
        if (error.IsTold) return Verdict.OfErrorObject(Name, error, target.Credential);
        var headers = _response!.Content.Headers;
        var what = MediaTypes.IsJson(headers) ? "answered with something that is not a JSON object."
            : $"answered with content type '{MediaTypes.Of(headers)}' instead of JSON.";
        var (usage, hasContent) = OddBody.Of(body);
        if (!hasContent && error.Words is { } words) what = $"{what} It said: {Verdict.Masked(words, target.Credential)}";
        return Bad(what) with { Usage = usage };
    }

    /// <summary>An error's status and headers say enough to act on, should its body never come.</summary>
    private async Task<ProviderFailure> ReadErrorAsync()
    {
        var status = (int)_response!.StatusCode;
        var retryAfterMs = RetryAfter.ReadMs(_response.Headers, time.GetUtcNow());
        var error = ErrorBody.Unread;
        try
        {
            if (await OpenBodyAsync().ConfigureAwait(false) is { } stream)
            {
                var body = await ReadBodyAsync(stream, limits.ErrorBytesMax).ConfigureAwait(false);
                error = ErrorBody.Parse(body.Bytes);
                body.Return();
            }
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && !call.Abort.IsCancellationRequested)
        {
            // Cut off, stalled or not to be decoded: the status stands.
        }
        return Verdict.OfStatus(Name, status, error, retryAfterMs, target.Credential);
    }

    private ValueTask<BoundedBody> ReadBodyAsync(Stream stream, int bytesMax, AnswerRoom? room = null) => BoundedBody.ReadAsync(
        stream,
        Codings.Of(_response!.Content.Headers) is null ? _response.Content.Headers.ContentLength : null,
        bytesMax,
        _timer,
        target.Provider.StreamIdleTimeoutMs,
        room,
        call.VirtualKeyId);

    private ProviderFailure TooLarge() => Bad($"answered with more than {limits.AnswerBytesMax} bytes.");

    private ProviderFailure Bad(string what) => ProviderFailures.BadAnswer($"Provider '{Name}' {what}");

    private ProviderReply Reply(ReplyBody? body = null) => new()
    {
        Status = _response is null ? 0 : (int)_response.StatusCode,
        KeyId = target.KeyId,
        ProcessingMs = ProcessingMs(),
        Sent = _body.Started,
        Body = body,
    };

    private ProviderReply Failed(ProviderFailure failure) => Reply() with { Failure = failure };

    private string? ProcessingMs()
    {
        if (_response is null || !_response.Headers.NonValidated.TryGetValues("openai-processing-ms", out var values)) return null;
        foreach (var value in values) return value;
        return null;
    }
}
