namespace Bifrost.Calls.Limits;

/// <summary>What a <see cref="Limit"/> is called in the metric and in the log.</summary>
internal static class LimitWords
{
    public static string Of(Limit limit) => limit switch
    {
        Limit.BodyRoom => "body_room",
        Limit.BodyKey => "body_key",
        Limit.BodyAddress => "body_address",
        Limit.BodyProgress => "body_progress",
        Limit.BodyChecked => "body_checked",
        Limit.Connections => "connections",
        Limit.ConnectionsAddress => "connections_address",
        Limit.SlotsKey => "slots_key",
        Limit.SlotsQueue => "slots_queue",
        Limit.Circuits => "circuits",
        Limit.DrainsAll => "drains",
        Limit.DrainsKey => "drains_key",
        Limit.AnswersRoom => "answers_room",
        Limit.AnswersKey => "answers_key",
        Limit.StoreRoom => "store_room",
        Limit.KeptJobsKey => "kept_jobs_key",
        Limit.JobReadsKey => "job_reads_key",
        Limit.UnknownJobs => "unknown_jobs",
        Limit.Credentials => "credentials",
        Limit.AdminCredentials => "admin_credentials",
        _ => throw new ArgumentOutOfRangeException(nameof(limit), limit, "A limit without a word."),
    };
}
