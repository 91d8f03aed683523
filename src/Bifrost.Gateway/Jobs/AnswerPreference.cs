using System.Globalization;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Rules;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Gateway.Jobs;

/// <summary>How the caller wants to be answered.</summary>
/// <param name="RespondAsync">True: <c>Prefer: respond-async</c>, so an open job is a 202.</param>
/// <param name="Wait">How long to wait for the end, brought down to what is allowed.</param>
/// <param name="WaitPreferred">The wait is that of <c>Prefer</c>, not of the query.</param>
internal readonly record struct AnswerPreference(bool RespondAsync, TimeSpan Wait, bool WaitPreferred)
{
    /// <summary>Reads the preference. A <c>wait</c> in the query that is no number is an error; a malformed <c>Prefer</c> header is ignored.</summary>
    public static AnswerPreference Read(HttpRequest request, JobOptions options, out GatewayError? error)
    {
        error = null;
        var preference = request.Headers.TryGetValue("Prefer", out var prefer) ? Preference.Read(prefer) : default;
        if (!request.Query.TryGetValue("wait", out var asked) || StringValues.IsNullOrEmpty(asked))
            return new(preference.RespondAsync, Bounded(preference.WaitSeconds ?? 0, options), preference.WaitSeconds is not null);
        if (!int.TryParse(asked.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            error = GatewayErrors.BadField("wait", $"wait is '{asked}'; whole seconds stand here.");
        return new(preference.RespondAsync, Bounded(seconds, options), WaitPreferred: false);
    }

    /// <summary>Says in the answer which preferences were followed.</summary>
    public void Confirm(IHeaderDictionary headers, bool respondedAsync)
    {
        var applied = Preference.Applied(respondedAsync && RespondAsync, WaitPreferred ? (int)Wait.TotalSeconds : null);
        if (applied is not null) headers["Preference-Applied"] = applied;
    }

    private static TimeSpan Bounded(int seconds, JobOptions options) =>
        TimeSpan.FromSeconds(Math.Min(seconds, Math.Max(0, (int)options.PollWaitMax.TotalSeconds)));
}
