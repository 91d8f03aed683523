namespace Bifrost.Admin.Http;

/// <summary>One admin route.</summary>
/// <param name="Method">HTTP method; everything but GET needs the role admin.</param>
/// <param name="Template">Its path; <c>{…}</c> stands for one segment, <c>{…*}</c> at the end for all that follow.</param>
/// <param name="Handle">What it does.</param>
internal sealed record AdminRoute(string Method, string Template, Func<AdminCall, Task<AdminAnswer>> Handle)
{
    /// <summary>True: opened by the calling virtual key itself, not by an admin token.</summary>
    public bool ForKeys { get; init; }

    public static AdminRoute Get(string template, Func<AdminCall, Task<AdminAnswer>> handle) => new("GET", template, handle);

    public static AdminRoute Post(string template, Func<AdminCall, Task<AdminAnswer>> handle) => new("POST", template, handle);

    public static AdminRoute Put(string template, Func<AdminCall, Task<AdminAnswer>> handle) => new("PUT", template, handle);

    public static AdminRoute Delete(string template, Func<AdminCall, Task<AdminAnswer>> handle) => new("DELETE", template, handle);
}

/// <summary>Routes of one subject.</summary>
internal interface IAdminRoutes
{
    IEnumerable<AdminRoute> Routes { get; }
}
