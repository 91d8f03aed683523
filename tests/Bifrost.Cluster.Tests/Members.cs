using System.Security.Cryptography;
using Bifrost.Cluster.Tests.Rig;
using Bifrost.Server.Silo;

namespace Bifrost.Cluster.Tests;

/// <summary>Whose certificate makes a member of a cluster. That silos talk by such certificates is what <see cref="Lives"/> runs on.</summary>
public sealed class Members : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-members-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Are_those_with_a_valid_certificate_of_the_authority()
    {
        using var authority = new Authority(_folder.FullName, "own");
        using var stranger = new Authority(_folder.FullName, "stranger");
        using var key = RSA.Create(2048);
        var tls = new SiloTls(authority.CertificateFile, authority.KeyFile, authority.AuthorityFile);
        Assert.True(tls.IsMember(authority.Issue(key, TimeProvider.System.GetUtcNow().AddHours(1))));
        Assert.False(tls.IsMember(authority.Issue(key, TimeProvider.System.GetUtcNow().AddHours(-1))));
        Assert.False(tls.IsMember(stranger.Issue(key, TimeProvider.System.GetUtcNow().AddHours(1))));
    }

    [Fact]
    public void A_file_that_is_missing_or_no_certificate_is_an_error_that_the_start_tells()
    {
        using var authority = new Authority(_folder.FullName, "own");
        Assert.ThrowsAny<IOException>(() => new SiloTls(authority.CertificateFile, authority.KeyFile, "nowhere.pem"));
        Assert.Throws<CryptographicException>(() => new SiloTls(authority.KeyFile, authority.KeyFile, authority.AuthorityFile));
    }
}
