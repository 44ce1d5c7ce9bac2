#!/usr/bin/env bash
# A local dnf repository with stubs of the packages that only Amazon Linux has.
set -euo pipefail
mkdir -p /srv/repository /root/rpmbuild/SPECS
for name in docker ecs-init systemd-libs glibc libgcc ca-certificates; do
  unit=$([ "$name" = docker ] && echo docker || echo ecs)
  files=""
  install=""
  case $name in
    docker | ecs-init)
      files="/usr/lib/systemd/system/$unit.service"
      install="mkdir -p %{buildroot}/usr/lib/systemd/system; printf '[Unit]\nDescription=stub\n[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' > %{buildroot}$files"
      ;;
  esac
  cat >"/root/rpmbuild/SPECS/$name.spec" <<SPEC
Name: $name
Version: 999
Release: 1
Summary: stub
License: MIT
BuildArch: noarch
AutoReqProv: no
$([ "$name" != glibc ] || echo "Provides: /bin/sh")
%description
stub
%install
$install
%files
$files
SPEC
  rpmbuild --quiet -bb --define "_rpmdir /srv/repository" "/root/rpmbuild/SPECS/$name.spec"
done
createrepo_c --quiet /srv/repository
mkdir -p /etc/yum.repos.d /etc/dnf/vars
printf '[stub]\nname=stub\nbaseurl=file:///srv/repository\ngpgcheck=0\n' >/etc/yum.repos.d/stub.repo
echo 2023 >/etc/dnf/vars/releasever
# What every Amazon Linux has before the first step.
dnf --assumeyes --quiet install systemd-libs glibc libgcc ca-certificates
