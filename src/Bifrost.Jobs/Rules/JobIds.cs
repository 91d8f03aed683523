using System.Security.Cryptography;
using Bifrost.Ledger.Ids;

namespace Bifrost.Jobs.Rules;

/// <summary>The ids of jobs: UUIDv7, on the wire and as grain keys in lower case with dashes.</summary>
public static class JobIds
{
    public static Guid New(TimeProvider time) => Uuid.New(time);

    public static string ToText(Guid jobId) => jobId.ToString("D");

    /// <summary>False: no id of ours; such a job is unknown.</summary>
    public static bool TryParse(string? text, out Guid jobId) => Guid.TryParseExact(text, "D", out jobId);

    /// <summary>What an idempotency key's second use is compared by.</summary>
    public static byte[] BodyHash(ReadOnlySpan<byte> body) => SHA256.HashData(body);
}
