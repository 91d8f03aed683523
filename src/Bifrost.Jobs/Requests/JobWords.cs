using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Requests;

/// <summary>The states of a job on the wire.</summary>
public static class JobWords
{
    /// <summary>All of them, for messages.</summary>
    public const string All = "pending, processing, completed, failed or cancelled";

    public static string Of(JobStatus status) => status switch
    {
        JobStatus.Pending => "pending",
        JobStatus.Processing => "processing",
        JobStatus.Completed => "completed",
        JobStatus.Failed => "failed",
        _ => "cancelled",
    };

    public static JobStatus? Find(string word) => word switch
    {
        "pending" => JobStatus.Pending,
        "processing" => JobStatus.Processing,
        "completed" => JobStatus.Completed,
        "failed" => JobStatus.Failed,
        "cancelled" => JobStatus.Cancelled,
        _ => null,
    };

    public static bool IsEnded(JobStatus status) => status is not (JobStatus.Pending or JobStatus.Processing);
}
