using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Transactions;

/// <summary>A submission made ready for the database: body packed, texts that every database can hold.</summary>
public sealed record PackedSubmission(JobSubmission Submission, string Call, PackedBody Body)
{
    public static PackedSubmission Of(JobSubmission submission, JobOptions options) => new(
        submission with
        {
            VirtualKeyId = StorableText.Of(submission.VirtualKeyId),
            IdempotencyKey = StorableText.OrNull(submission.IdempotencyKey),
            Webhook = StorableText.OrNull(submission.Webhook),
            Call = submission.Call with { RequestId = StorableText.Of(submission.Call.RequestId) },
        },
        StorableText.Of(PackedJson.Of(submission.Call)),
        PackedBody.Of(submission.Body, options.CompressAboveBytes));
}

/// <summary>A request as it is read.</summary>
public sealed record PackedRequest(string Call, PackedBody Body)
{
    public JobRequest Unpack() => new(PackedJson.Call(Call), Body.Unpack());
}

/// <summary>An outcome made ready for the database, or read from it.</summary>
public sealed record PackedOutcome(int StatusCode, string Headers, PackedBody Body)
{
    public static PackedOutcome? Of(JobOutcome? outcome, JobOptions options) => outcome is null
        ? null
        : new(outcome.StatusCode, StorableText.Of(PackedJson.Of(outcome.Headers)), PackedBody.Of(outcome.Body, options.CompressAboveBytes));

    /// <summary>Of one that was read without a large body.</summary>
    public JobOutcomeHead Head() => new(Body.Length <= JobOutcomeHead.SmallBytes ? Unpack() : null, Body.Length);

    public JobOutcome Unpack() => new() { StatusCode = StatusCode, Headers = PackedJson.Headers(Headers), Body = Body.Unpack() };
}
