using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>One request and its answer, up to a whole body, an open stream or a failure.</summary>
internal sealed class Exchange(UpstreamTarget target, ProviderCall call, Upstream upstream, ProviderLimits limits, TimeProvider time)
{
    private readonly EditedBody _body = new(call.Body, call.Edits);
    private readonly PhaseTimer _timer = PhaseTimer.Rent(time, target.RemainingMs, call.Abort);
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
                _response = await upstream.Invoker.SendAsync(UpstreamRequest.Make(target, call, upstream, _body), _timer.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (TransportFailure.IsExpected(exception))
            {
                return Failed(TransportFailure.BeforeAnswer(exception, target.Provider, _timer));
            }
            try
            {
                if (!_response.IsSuccessStatusCode) return Failed(await ReadErrorAsync().ConfigureAwait(false));
                if (Misfit() is { } misfit) return Failed(misfit);
                if (!call.Stream) return await ReadAnswerAsync().ConfigureAwait(false);
                if (!MediaTypes.IsEventStream(_response.Content.Headers)) return Failed(await ReadUnstreamedAsync().ConfigureAwait(false));

                var opening = await OpenAiStream.OpenAsync(target, _response, _timer, limits).ConfigureAwait(false);
                stream = opening.Stream;
                return stream is null ? Failed(opening.Failure!) : Reply() with { Body = stream };
            }
            catch (Exception exception) when (TransportFailure.IsExpected(exception))
            {
                return Failed(TransportFailure.WithinAnswer(target.Provider, _timer));
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

    /// <summary>What no answer to a request of ours can be, whatever its kind.</summary>
    private ProviderFailure? Misfit() => _response!.Content.Headers.NonValidated.Contains("Content-Encoding")
        ? Bad("compressed an answer that nobody asked to be compressed.")
        : null;

    private async Task<ProviderReply> ReadAnswerAsync()
    {
        var headers = _response!.Content.Headers;
        if (!MediaTypes.IsJson(headers))
            return Failed(await ReadOddAnswerAsync($"answered with content type '{MediaTypes.Of(headers)}' instead of JSON.").ConfigureAwait(false));
        if (headers.ContentLength > limits.AnswerBytesMax) return Failed(TooLarge());

        var body = await BoundedBody.ReadAsync(
            _response.Content, limits.AnswerBytesMax, _timer, target.Provider.StreamIdleTimeoutMs, call.Room, call.VirtualKeyId).ConfigureAwait(false);
        if (Judge(body, out var shape) is not { } failure) return Reply() with { Body = new PlainAnswer(body, shape) };
        body.Return();
        body.Claim?.Dispose();
        return Failed(failure);
    }

    /// <summary>Null for one whole completion.</summary>
    private ProviderFailure? Judge(in BoundedBody body, out CompletionShape shape)
    {
        shape = default;
        if (body.Exceeded) return TooLarge();
        if (body.Length == 0) return Bad("answered with an empty body.");
        if (!CompletionScanner.TryScan(body.Bytes.Span, out shape)) return Bad("answered with something that is not a JSON object.");
        if (shape.HasError) return Verdict.OfErrorObject(Name, ErrorBody.Parse(body.Bytes), target.Credential);
        return shape.HasChoices ? null : Bad("answered with a JSON object that is no completion: it has no choices.") with { Usage = shape.Usage };
    }

    /// <summary>An error's status and headers say enough to act on, should its body never come.</summary>
    private async Task<ProviderFailure> ReadErrorAsync()
    {
        var status = (int)_response!.StatusCode;
        var retryAfterMs = RetryAfter.ReadMs(_response.Headers, time.GetUtcNow());
        var error = ErrorBody.Unread;
        try
        {
            var body = await ReadBodyAsync(limits.ErrorBytesMax).ConfigureAwait(false);
            error = ErrorBody.Parse(body.Bytes);
            body.Return();
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && !call.Abort.IsCancellationRequested)
        {
            // Cut off or stalled: the status stands.
        }
        return Verdict.OfStatus(Name, status, error, retryAfterMs, target.Credential);
    }

    /// <summary>A stream was asked for and something else came: an error object under a 200, or no answer to this request.</summary>
    private Task<ProviderFailure> ReadUnstreamedAsync() =>
        ReadOddAnswerAsync($"was asked for a stream and answered with content type '{MediaTypes.Of(_response!.Content.Headers)}'.");

    /// <summary>
    /// The body of an answer that is none to this request. It may be an error object, and it may state a usage: then the provider ran, and
    /// that is what it costs. A body that is not to be read tells nothing.
    /// </summary>
    /// <param name="what">What is wrong with it.</param>
    private async Task<ProviderFailure> ReadOddAnswerAsync(string what)
    {
        try
        {
            var body = await ReadBodyAsync(limits.ErrorBytesMax).ConfigureAwait(false);
            var usage = OddBody.Of(body.Bytes).Usage;
            var error = MediaTypes.IsJson(_response!.Content.Headers) ? ErrorBody.Parse(body.Bytes) : ErrorBody.Unread;
            body.Return();
            return error.IsError ? Verdict.OfErrorObject(Name, error, target.Credential) : Bad(what) with { Usage = usage };
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && !call.Abort.IsCancellationRequested)
        {
            return Bad(what);
        }
    }

    private ValueTask<BoundedBody> ReadBodyAsync(int bytesMax) =>
        BoundedBody.ReadAsync(_response!.Content, bytesMax, _timer, target.Provider.StreamIdleTimeoutMs);

    private ProviderFailure TooLarge() => Bad($"answered with more than {limits.AnswerBytesMax} bytes.");

    private ProviderFailure Bad(string what) => ProviderFailures.BadAnswer($"Provider '{Name}' {what}");

    private ProviderReply Reply() => new()
    {
        Status = _response is null ? 0 : (int)_response.StatusCode,
        KeyId = target.KeyId,
        ProcessingMs = ProcessingMs(),
        Sent = _body.Started,
    };

    private ProviderReply Failed(ProviderFailure failure) => Reply() with { Failure = failure };

    private string? ProcessingMs()
    {
        if (_response is null || !_response.Headers.NonValidated.TryGetValues("openai-processing-ms", out var values)) return null;
        foreach (var value in values) return value;
        return null;
    }
}
