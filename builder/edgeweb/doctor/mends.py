"""What to do about a fault, in the words of each host; the first of a table is for those that are not known."""

from __future__ import annotations

_AGAIN = "Upload the site's folder again, whole: assets/ first, index.html and edgeweb.json last"
_S3 = "Set it as metadata of the object, for all objects of this kind"

# By topic, then by host; "" is the general one. Words in braces are of the fault.
_MENDS: dict[str, dict[str, str]] = {
    "header": {
        "": "Let the host send {name}: {value} for {path}; headers.json in the site lists all headers",
        "nginx": 'Include hosts/nginx.conf of the site; the line is, for {path}: add_header {name} "{value}" always;',
        "caddy": 'Import hosts/Caddyfile of the site; the line is: header {path} {name} "{value}"',
        "apache": 'For {path}, with mod_headers: Header always set {name} "{value}"',
        "netlify": "Publish _headers at the root of the site; its line below {path} is: {name}: {value}",
        "cloudflare-pages": "Publish _headers at the root of the site; its line below {path} is: {name}: {value}",
        "cloudflare": "On Pages publish _headers at the root; for another origin add a response header transform rule "
        "for {path}: {name}: {value}",
        "vercel": "Publish vercel.json at the root of the project; its rule for {path} sets {name} to {value}",
        "github-pages": "GitHub Pages lets nobody set headers: publish on a host that does, or accept it",
        "python": "Python's http.server sends no headers of one's own: run edgeweb serve DIR",
        "cloudfront": "Attach the response headers policies of hosts/cloudfront.json to the cache behaviours; the one "
        "for {path} sets {name} to {value}",
        "s3": "S3 alone cannot send it: put CloudFront in front, with the policies of hosts/cloudfront.json",
        "azure": "Blob Storage alone cannot send it: put Front Door in front, with a rule for {path}: {name}: {value}",
        "gcs": "A bucket alone cannot send it: put a load balancer in front, with the response header {name}: {value}",
        "hf": "Only custom_headers in the Space's README.md can set headers, and of them only the three of isolation: "
        "{name}: {value}",
        "edgeweb": "edgeweb serve sends it: look what stands between it and visitors, such as a proxy that removes it",
        "asgi": "Serve the folder with edgeweb_server.create_app(DIR), which sends it",
    },
    "object": {
        "": "Let the host send {name}: {value} for {path}",
        "nginx": "Include hosts/nginx.conf of the site, which sets {name} for {path} to {value}",
        "caddy": 'header {path} {name} "{value}"',
        "apache": 'For {path}: Header set {name} "{value}"',
        "s3": _S3 + ": aws s3 cp with --metadata-directive REPLACE, {name} {value}",
        "azure": "Set the blob's property {name} to {value}",
        "gcs": "gcloud storage objects update, {name} {value}",
    },
    "type": {
        "": "Let the host send Content-Type: {value} for files that end in {ending}",
        "nginx": "Include hosts/nginx.conf of the site, or add to types: {value} {bare};",
        "caddy": 'header *{ending} Content-Type "{value}"',
        "apache": "AddType {value} {ending}",
        "netlify": "In _headers, below /*{ending}: Content-Type: {value}",
        "cloudflare-pages": "In _headers, below /*{ending}: Content-Type: {value}",
        "vercel": 'In vercel.json, a rule for "/(.*)\\{ending}" with Content-Type {value}',
        "s3": "Set each object's Content-Type: aws s3 cp --content-type {value} --metadata-directive REPLACE",
        "azure": "Set each blob's content type to {value}",
        "gcs": "gcloud storage objects update --content-type={value}",
        "edgeweb": "Look what stands between edgeweb serve and visitors: it sends {value}",
        "python": "Run edgeweb serve DIR instead, which sends {value}",
    },
    "encoding": {
        "": "Send the .br file only with Content-Encoding: br, the .gz file only with gzip, and compress neither again",
        "nginx": "brotli_static on; and gzip_static on; do it right: remove what rewrites to .br or .gz files",
        "caddy": "Use precompressed br gzip in file_server, as in hosts/Caddyfile, and no rewrite to the .br files",
        "s3": "Give each object that holds brotli bytes the metadata Content-Encoding: br, or upload the plain file",
        "azure": "Give each blob that holds brotli bytes the content encoding br, or upload the plain file",
        "gcs": "Give each object that holds gzip bytes --content-encoding=gzip, or upload the plain file",
        "apache": "Set Content-Encoding with the .br files: AddEncoding br .br, and no-gzip for them",
    },
    "compress": {
        "": "Let the host send the .br and .gz files that lie beside the others, or compress on its own",
        "nginx": "gzip_static on; as in hosts/nginx.conf, and with the brotli module brotli_static on;",
        "caddy": "file_server with precompressed br gzip, as in hosts/Caddyfile",
        "apache": "Switch mod_brotli or mod_deflate on for wasm, js, css, json and html",
        "s3": "Put CloudFront in front and let it compress; or upload brotli bytes with Content-Encoding: br",
        "cloudfront": "Switch on compression in the cache behaviour, with a cache policy that takes br and gzip; "
        "CloudFront compresses no file above 10 MB: upload that with Content-Encoding: br",
        "azure": "Let Front Door compress; or upload brotli bytes with the content encoding br",
        "gcs": "Upload with gcloud storage cp --gzip-local-all",
        "python": "Run edgeweb serve DIR instead, which sends the compressed files",
        "github-pages": "GitHub Pages compresses what it knows as text and wasm, and nothing else can be set there",
        "edgeweb": "Look what stands between edgeweb serve and visitors: it removes Accept-Encoding",
    },
    "missing": {
        "": "Let the host answer 404 for files that are not there, and turn its single-page fallback off",
        "cloudflare-pages": "Publish the site's 404.html at the root: without one it is taken for a single-page app",
        "cloudflare": "On Pages publish the site's 404.html at the root: without one it is taken for a single-page app",
        "nginx": "Remove try_files ... /index.html; hosts/nginx.conf of the site answers 404",
        "caddy": "Remove try_files {{path}} /index.html",
        "netlify": "Remove the rule /* /index.html 200 from _redirects or netlify.toml",
        "vercel": "Remove the rewrite to /index.html from vercel.json",
        "apache": "Remove FallbackResource, or the RewriteRule to index.html",
        "cloudfront": "Remove the custom error response that turns 403 and 404 into 200 /index.html",
        "s3": "Set the website's error document to 404.html, not index.html",
        "azure": "Set the static website's error document to 404.html",
        "hf": "Publish the site's 404.html at the root of the Space",
    },
    "missing-cached": {
        "": "Let the host send Cache-Control: no-store with 404",
        "nginx": "add_header Cache-Control without always; as hosts/nginx.conf has it, so that 404 has none",
        "caddy": "handle_errors {{ header Cache-Control no-store }}, as in hosts/Caddyfile",
        "apache": "Header set, not Header always set, for Cache-Control",
    },
    "upload": {"": _AGAIN, "edgeweb": "Build the site again, or look what stands between edgeweb serve and visitors"},
    "deploy": {"": f"{_AGAIN}, or run edgeweb deploy once more"},
    "redirect": {
        "": "Let the host answer at this address itself",
        "cloudflare-pages": "Remove the rule from _redirects",
        "netlify": "Remove the rule from _redirects or netlify.toml, and switch off password and pretty URLs for it",
        "vercel": "Remove the redirect from vercel.json, and switch off deployment protection for it",
        "nginx": "Remove the return or rewrite that matches it",
        "caddy": "Remove the redir that matches it",
        "apache": "Remove the Redirect or RewriteRule that matches it",
    },
    "login": {
        "": "Publish it where no login is asked for, and limit it by the network from which it can be reached",
        "vercel": "Switch off Deployment Protection for this deployment",
        "netlify": "Switch off password protection",
        "cloudflare-pages": "Remove the Access policy of this Pages project",
        "cloudflare": "Remove the Access application in front of this address",
        "hf": "Make the Space public",
    },
    "slash": {
        "": "Let the host redirect to the same address with a slash",
        "nginx": "location = {path} {{ return 301 {path}/; }}",
        "caddy": "redir {path} {path}/",
        "apache": "DirectorySlash On",
    },
    "range": {
        "": "Let the host answer Range with exactly those bytes of the plain file (206), or ignore it (200)",
        "nginx": "Remove what changes bodies (sub_filter, gzip on; for these files), or set max_ranges 0;",
        "cloudflare": "Switch off what changes bodies: Rocket Loader, e-mail obfuscation, Auto Minify",
    },
    "inject": {
        "": "Switch off what changes HTML on its way: analytics, minifying, banners",
        "cloudflare": "Switch off Web Analytics' automatic setup, Rocket Loader, e-mail obfuscation and Zaraz",
        "cloudflare-pages": "Switch off Web Analytics in the Pages project's settings",
        "netlify": "Switch off snippet injection, asset optimisation and the Netlify Drawer",
        "vercel": "Switch off the Vercel Toolbar and Web Analytics for this project",
        "nginx": "Remove sub_filter and add_before_body",
        "apache": "Switch off mod_pagespeed and mod_substitute",
    },
    "https": {
        "": "Give the host a certificate, for example from Let's Encrypt, and publish the https address",
        "nginx": "listen 443 ssl; with a certificate, for example by certbot --nginx",
        "caddy": "Name the site by its host name: Caddy then fetches a certificate itself",
        "s3": "S3's website address has no TLS: put CloudFront in front",
        "github-pages": "In the repository's settings, Pages: tick Enforce HTTPS",
        "edgeweb": "Put a proxy with HTTPS before edgeweb serve (docs/deploy.md)",
    },
    "to-https": {
        "": "Let the host redirect http to https",
        "nginx": "server {{ listen 80; return 301 https://$host$request_uri; }}",
        "github-pages": "In the repository's settings, Pages: tick Enforce HTTPS",
        "cloudflare": "SSL/TLS, Edge Certificates: switch on Always Use HTTPS",
        "cloudfront": "In the cache behaviour: Redirect HTTP to HTTPS",
    },
    "certificate": {
        "": "Renew the certificate, with its whole chain and this host's name",
        "nginx": "Run certbot renew, and let ssl_certificate name fullchain.pem",
        "caddy": "Look into Caddy's log why it could not renew: port 80 or 443 must reach it",
        "github-pages": "In the repository's settings, Pages: remove the custom domain and enter it again",
    },
    "cookie": {
        "": "Switch off what sets cookies or asks for reports on this host",
        "cloudflare": "Switch off Bot Fight Mode (cookies) and Network Error Logging for this zone",
    },
    "switched-off": {"": "To switch it on again, publish the site: its edgeweb.json must be answered with 200"},
}


def mend(host: str, topic: str, **words: str) -> str:
    """What to do about a fault on a host; `words` fill the gaps."""
    table = _MENDS[topic]
    text = table.get(host) or (_MENDS["header"].get(host) if topic == "object" and host not in table else None)
    return (text or table[""]).format_map(_Words(words))


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"
